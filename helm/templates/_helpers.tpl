{{- define "canary-router.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 50 | trimSuffix "-" -}}
{{- end }}

{{/* Room is left for the suffixes of what is named after it. */}}
{{- define "canary-router.fullname" -}}
{{- $name := include "canary-router.name" . -}}
{{- $usual := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) -}}
{{- default $usual .Values.fullnameOverride | trunc 45 | trimSuffix "-" -}}
{{- end }}

{{- define "canary-router.selector" -}}
app.kubernetes.io/name: {{ include "canary-router.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "canary-router.labels" -}}
{{ include "canary-router.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "canary-router.image" -}}
{{- with .Values.image }}
{{- if .digest }}{{ .repository }}@{{ .digest }}{{ else }}{{ .repository }}:{{ default $.Chart.AppVersion .tag }}{{ end }}
{{- end }}
{{- end }}

{{- define "canary-router.serviceAccountName" -}}
{{- $own := ternary (include "canary-router.fullname" .) "default" .Values.serviceAccount.create -}}
{{- default $own .Values.serviceAccount.name -}}
{{- end }}

{{- define "canary-router.adminSecret" -}}
{{- default (printf "%s-admin" (include "canary-router.fullname" .)) .Values.auth.existingSecret -}}
{{- end }}

{{- define "canary-router.redisSecret" -}}
{{- default (printf "%s-redis" (include "canary-router.fullname" .)) .Values.redis.existingSecret -}}
{{- end }}

{{/* "true" where this chart installs Redis itself. */}}
{{- define "canary-router.bundledRedis" -}}
{{- if not (or .Values.redis.url .Values.redis.existingSecret) }}true{{ end -}}
{{- end }}

{{/* Whole seconds of a time such as 500ms, 5s, 30m or 1h, rounded up. */}}
{{- define "canary-router.seconds" -}}
{{- $perUnit := dict "ms" 0.001 "s" 1.0 "m" 60.0 "h" 3600.0 -}}
{{- $number := regexFind "^[0-9.]+" . | float64 -}}
{{- mulf $number (get $perUnit (regexFind "(ms|s|m|h)$" .)) | ceil | int -}}
{{- end }}

{{/* What a secret holds already, else the given value, else one that is made here. Arguments: root, name, key, value. */}}
{{- define "canary-router.kept" -}}
{{- $held := (lookup "v1" "Secret" .root.Release.Namespace .name).data -}}
{{- if .value -}}
{{- .value | b64enc -}}
{{- else if hasKey (default dict $held) .key -}}
{{- get $held .key -}}
{{- else -}}
{{- randAlphaNum 40 | b64enc -}}
{{- end -}}
{{- end }}

{{- define "canary-router.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "canary-router.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{/* How the command line finds and asks the router. */}}
{{- define "canary-router.cliEnv" -}}
- name: CANARY_URL
  value: http://{{ include "canary-router.fullname" . }}-admin:{{ .Values.adminService.port }}
- name: CANARY_TOKEN
  valueFrom: { secretKeyRef: { name: {{ include "canary-router.adminSecret" . }}, key: admin-token } }
{{- end }}
