{{/* Labels of every object. */}}
{{- define "tcr-assistant.labels" -}}
app.kubernetes.io/name: tcr-assistant
app.kubernetes.io/part-of: tcr-assistant
{{- end }}

{{/* The labels that select the controller's pods. */}}
{{- define "tcr-assistant.selector" -}}
app.kubernetes.io/name: tcr-assistant
app.kubernetes.io/component: controller-manager
{{- end }}

{{- define "tcr-assistant.controllerLabels" -}}
{{ include "tcr-assistant.labels" . }}
app.kubernetes.io/component: controller-manager
{{- end }}

{{- define "tcr-assistant.hostsUpdaterLabels" -}}
{{ include "tcr-assistant.labels" . }}
app.kubernetes.io/component: hosts-updater
{{- end }}

{{- define "tcr-assistant.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{/* The Secret with the list of instances, or nothing. */}}
{{- define "tcr-assistant.instancesSecret" -}}
{{- if .Values.instancesSecret -}}
{{ .Values.instancesSecret }}
{{- else if or .Values.instances .Values.global.imagePullSecretsCrs -}}
tcr-assistant-instances
{{- end }}
{{- end }}

{{/* "yes" where the server has what came with 1.30: ValidatingAdmissionPolicy/v1 and preStop sleep. */}}
{{- define "tcr-assistant.is130" -}}
{{- if semverCompare ">=1.30.0-0" .Capabilities.KubeVersion.Version }}yes{{ end }}
{{- end }}

{{/* "yes" where the policies are to be rendered. */}}
{{- define "tcr-assistant.hasPolicies" -}}
{{- if kindIs "bool" .Values.admissionPolicies.enabled -}}
{{- if .Values.admissionPolicies.enabled }}yes{{ end }}
{{- else -}}
{{ include "tcr-assistant.is130" . }}
{{- end }}
{{- end }}

{{/* Annotations of what exists only while `helm uninstall` begins; the argument is the weight, lowest first. */}}
{{- define "tcr-assistant.cleanupHook" -}}
helm.sh/hook: pre-delete
helm.sh/hook-weight: {{ . | quote }}
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
{{- end }}
