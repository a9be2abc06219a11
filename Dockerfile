FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run build && npm prune --omit=dev

FROM node:24-slim
WORKDIR /app
# Without Redis the rules are a file that the API edits in place; with it, the snapshot is what a restart falls back on.
RUN install -d -o node -g node /app/config /var/lib/canary-router
ENV NODE_ENV=production \
    CANARY_SNAPSHOT_FILE=/var/lib/canary-router/snapshot.json
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY --chown=node:node config/router.yaml ./config/
# A number, because Kubernetes' runAsNonRoot cannot tell what a name stands for.
USER 1000:1000
EXPOSE 8080 8081
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.CANARY_ADMIN_PORT || 8081}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/app/dist/cli/main.js"]
CMD ["serve"]
