{{/*
Labels and annotations of an object, for its metadata. Arguments: `root`; if needed `component`, and `labels` and `annotations`
of this object alone, which override commonLabels and commonAnnotations.
*/}}
{{- define "tcr-assistant.metadata" -}}
labels:
  app.kubernetes.io/name: tcr-assistant
  app.kubernetes.io/part-of: tcr-assistant
  {{- with .component }}
  app.kubernetes.io/component: {{ . }}
  {{- end }}
  {{- with merge (dict) (.labels | default dict) .root.Values.commonLabels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with merge (dict) (.annotations | default dict) .root.Values.commonAnnotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* The labels that select the controller's pods. */}}
{{- define "tcr-assistant.selector" -}}
app.kubernetes.io/name: tcr-assistant
app.kubernetes.io/component: controller-manager
{{- end }}

{{/* What the pods of controller, cleanup and test have in common. */}}
{{- define "tcr-assistant.pod" -}}
automountServiceAccountToken: true
enableServiceLinks: false
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.podSecurityContext }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* The same, of their containers. */}}
{{- define "tcr-assistant.container" -}}
{{ include "tcr-assistant.image" . }}
{{- with .Values.securityContext }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "tcr-assistant.image" -}}
{{- with .Values.image -}}
image: {{ .repository }}{{ with .digest }}@{{ . }}{{ else }}:{{ $.Values.image.tag | default $.Chart.AppVersion }}{{ end }}
imagePullPolicy: {{ .pullPolicy }}
{{- end }}
{{- end }}

{{/* The Secret with the list of instances, or nothing. */}}
{{- define "tcr-assistant.instancesSecret" -}}
{{- if .Values.instancesSecret -}}
{{ .Values.instancesSecret }}
{{- else if or .Values.instances .Values.global.imagePullSecretsCrs -}}
tcr-assistant-instances
{{- end }}
{{- end }}

{{/* "yes" where the controller may access pull Secrets by name only. */}}
{{- define "tcr-assistant.isByName" -}}
{{- /* `helm upgrade --reuse-values` from an older chart has no value `secretAccess`. */}}
{{- if (.Values.secretAccess | default dict).byName }}yes{{ end }}
{{- end }}

{{/*
The names of the pull Secrets that the controller may then access, as a YAML list; nothing if there are none. instance_plan.cpp
makes the names for `instances`. The custom domains of an instance are not known here.
*/}}
{{- define "tcr-assistant.pullSecretNames" -}}
{{- $names := .Values.secretAccess.names | default list }}
{{- range .Values.global.imagePullSecretsCrs }}{{ $names = append $names .name }}{{ end }}
{{- range $instance := .Values.instances }}{{ range .domains | default (list "public") }}
{{- if ne . "custom" }}{{ $names = append $names (printf "%s-%s" $instance.registryId (. | replace ":" "-" | replace "/" "-")) }}{{ end }}
{{- end }}{{ end }}
{{- range $names | uniq | sortAlpha }}
- tcr.ips{{ . }}
{{- end }}
{{- end }}

{{/* The namespace of hosts-updater. */}}
{{- define "tcr-assistant.hostsNamespace" -}}
{{ .Values.hostsUpdater.namespace | default .Release.Namespace }}
{{- end }}

{{/* "yes" where hosts-updater has a namespace of its own. */}}
{{- define "tcr-assistant.hasHostsNamespace" -}}
{{- if and .Values.hostsUpdater.enabled (ne (include "tcr-assistant.hostsNamespace" .) .Release.Namespace) }}yes{{ end }}
{{- end }}

{{/*
"yes" where Pod Security must allow "privileged" in the release's namespace: for volumes of hosts-updater, for the controller in
the node's network, or for a hostPath in extraVolumes.
*/}}
{{- define "tcr-assistant.needsPrivileged" -}}
{{- if or .Values.hostNetwork (and .Values.hostsUpdater.enabled (not (include "tcr-assistant.hasHostsNamespace" .))) -}}
yes
{{- else -}}
{{- range .Values.extraVolumes }}{{ if .hostPath }}yes{{ end }}{{ end }}
{{- end }}
{{- end }}

{{/* "yes" where the controller's pods conform to Pod Security "restricted". */}}
{{- define "tcr-assistant.conformsToRestricted" -}}
{{- $allowed := list "configMap" "csi" "downwardAPI" "emptyDir" "ephemeral" "persistentVolumeClaim" "projected" "secret" }}
{{- $pod := .Values.podSecurityContext | default dict }}
{{- $container := .Values.securityContext | default dict }}
{{- $isRoot := or (not $pod.runAsNonRoot) (eq (toString $pod.runAsUser) "0") (eq (toString $container.runAsUser) "0") }}
{{- $isWeaker := or (not $pod.seccompProfile) (ne (toString $container.allowPrivilegeEscalation) "false") (not $container.capabilities) }}
{{- $other := dict }}
{{- range .Values.extraVolumes }}{{ range $type, $_ := omit . "name" }}
{{- if not (has $type $allowed) }}{{ $_ := set $other $type true }}{{ end }}
{{- end }}{{ end }}
{{- if not (or (include "tcr-assistant.needsPrivileged" .) $isRoot $isWeaker $other) }}yes{{ end }}
{{- end }}

{{/* "yes" where the server's version is at least 1.30: preStop sleep, and ValidatingAdmissionPolicy/v1 unless turned off. */}}
{{- define "tcr-assistant.is130" -}}
{{- if semverCompare ">=1.30.0-0" .Capabilities.KubeVersion.Version }}yes{{ end }}
{{- end }}

{{/* "yes" where the API server knows matchConditions (1.27) and all fields of the CRD's CEL rules (1.28). */}}
{{- define "tcr-assistant.is128" -}}
{{- if semverCompare ">=1.28.0-0" .Capabilities.KubeVersion.Version }}yes{{ end }}
{{- end }}

{{/*
"yes" where the policies are to be rendered. Only a list of a real server contains kinds, such as v1/Pod. `helm template` without a
server has none, and the version decides.
*/}}
{{- define "tcr-assistant.hasPolicies" -}}
{{- $apis := .Capabilities.APIVersions }}
{{- if kindIs "bool" .Values.admissionPolicies.enabled -}}
{{- if .Values.admissionPolicies.enabled }}yes{{ end }}
{{- else if and (include "tcr-assistant.is130" .)
    (or (not ($apis.Has "v1/Pod")) ($apis.Has "admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy")) -}}
yes
{{- end }}
{{- end }}

{{/* Removes the CEL rules from a schema, at all depths. Argument: a part of it, which changes. */}}
{{- define "tcr-assistant.dropRules" -}}
{{- if kindIs "map" . }}
{{- $_ := unset . "x-kubernetes-validations" }}
{{- range . }}{{ include "tcr-assistant.dropRules" . }}{{ end }}
{{- else if kindIs "slice" . }}
{{- range . }}{{ include "tcr-assistant.dropRules" . }}{{ end }}
{{- end }}
{{- end }}

{{/*
"yes" where new accounts get their references from the MutatingAdmissionPolicy, not from the webhook. `auto` accepts only
versions on which it_new_accounts ran: on others, an expression might make the API server panic, which `failurePolicy: Ignore`
does not prevent.
*/}}
{{- define "tcr-assistant.usesPolicyForNewAccounts" -}}
{{- $tested := list "1.36" "1.37" }}
{{- $version := semver .Capabilities.KubeVersion.Version }}
{{- /* `helm upgrade --reuse-values` from an older chart has no value `admission`. */}}
{{- $chosen := (.Values.admission | default dict).newAccounts | default "webhook" }}
{{- if eq $chosen "policy" -}}
yes
{{- else if eq $chosen "auto" -}}
{{- if and (.Capabilities.APIVersions.Has "admissionregistration.k8s.io/v1/MutatingAdmissionPolicy")
    (has (printf "%d.%d" $version.Major $version.Minor) $tested) }}yes{{ end }}
{{- end }}
{{- end }}

{{/*
Metadata of what exists only while `helm uninstall` begins. Arguments: `root`, `weight` (lowest first), and if needed
`component`.
*/}}
{{- define "tcr-assistant.cleanupMetadata" -}}
{{- $annotations := dict
    "helm.sh/hook" "pre-delete"
    "helm.sh/hook-weight" .weight
    "helm.sh/hook-delete-policy" "before-hook-creation,hook-succeeded" }}
{{- include "tcr-assistant.metadata" (dict "root" .root "component" .component "annotations" $annotations) }}
{{- end }}
