# The image is the npm package as the tests run it: packed, unpacked into an empty folder, with the dependencies of the
# lock. test/image.test.ts takes these steps too, and compares. For the same bytes each time:
#   docker buildx build --build-arg SOURCE_DATE_EPOCH=$(git log -1 --format=%ct) --output type=image,rewrite-timestamp=true .
FROM node:24-slim AS build
ARG SOURCE_DATE_EPOCH=0
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json LICENSE README.md CHANGELOG.md ./
COPY config ./config
COPY src ./src
RUN npm run build
RUN npm pack --silent && mkdir image state && tar -xzf canary-router-*.tgz --strip-components=1 -C image
RUN cp package-lock.json image && cd image && npm ci --omit=dev --ignore-scripts --no-audit --no-fund
# What is inside, as CycloneDX, without the two fields that differ each time. `--omit=dev` would leave out what is needed twice.
RUN cd image && npm pkg delete devDependencies scripts && npm sbom --sbom-format=cyclonedx | node -e 'const bom = JSON.parse(require("fs").readFileSync(0)); delete bom.serialNumber; delete bom.metadata.timestamp; console.log(JSON.stringify(bom))' > sbom.cdx.json
# What never runs, and rules that are an example.
RUN find image -type f \( -name '*.map' -o -name '*.md' -o -name '*.ts' -o -name '*.cts' -o -name '*.mts' \) -delete && rm image/package-lock.json image/config/rules.yaml
RUN find image state -exec touch -h -d @${SOURCE_DATE_EPOCH:-0} {} +

FROM gcr.io/distroless/nodejs24-debian12:nonroot
WORKDIR /app
ENV NODE_ENV=production \
    PATH=/nodejs/bin:/usr/bin:/bin \
    CANARY_SNAPSHOT_FILE=/var/lib/canary-router/snapshot.json
COPY --from=build /src/image ./
# Without Redis the rules are a file that the API edits in place; with it, the snapshot is what a restart falls back on.
COPY --from=build --chown=65532:65532 /src/image/config ./config
COPY --from=build --chown=65532:65532 /src/state /var/lib/canary-router
# A number, because Kubernetes' runAsNonRoot cannot tell what a name stands for.
USER 65532:65532
EXPOSE 8080 8081
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.CANARY_ADMIN_PORT || 8081}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/app/dist/cli/main.js"]
CMD ["serve"]
