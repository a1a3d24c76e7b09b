# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash

# Makes the certificates and kubeconfig files of a sandbox. Needs common.sh and openssl.

# make_ca FOLDER: writes ca.crt and ca.key.
make_ca() {
    make_key "$1/ca.key"
    openssl req -x509 -new -key "$1/ca.key" -subj "/CN=tcr-assistant-sandbox" -days 3650 \
        -addext "basicConstraints=critical,CA:TRUE" -addext "keyUsage=critical,keyCertSign,cRLSign" \
        -out "$1/ca.crt"
}

# make_key FILE: writes an elliptic-curve key. Generating an RSA key would take too long.
make_key() {
    (umask 077 && openssl ecparam -name prime256v1 -genkey -noout -out "$1")
}

# issue_certificate FOLDER NAME SUBJECT USAGE [ALT_NAMES]: writes NAME.crt and NAME.key.
issue_certificate() {
    local folder=$1 name=$2 subject=$3 usage=$4 alt_names=${5:-}
    make_key "$folder/$name.key"
    openssl req -new -key "$folder/$name.key" -subj "$subject" |
        openssl x509 -req -CA "$folder/ca.crt" -CAkey "$folder/ca.key" -days 3650 \
            -set_serial "0x$(openssl rand -hex 8)" -out "$folder/$name.crt" -extfile <(
                echo "extendedKeyUsage=$usage"
                if [[ -n $alt_names ]]; then echo "subjectAltName=$alt_names"; fi
            ) 2>/dev/null
}

# make_certificates FOLDER: writes all certificates and keys of a control plane on 127.0.0.1.
make_certificates() {
    local folder=$1
    mkdir -p "$folder"
    make_ca "$folder"
    issue_certificate "$folder" server "/CN=kube-apiserver" serverAuth \
        "IP:127.0.0.1,IP:10.0.0.1,DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc"
    issue_certificate "$folder" admin "/O=system:masters/CN=sandbox-admin" clientAuth
    issue_certificate "$folder" controller-manager "/CN=system:kube-controller-manager" clientAuth
    make_key "$folder/service-account.key"
    openssl ec -in "$folder/service-account.key" -pubout -out "$folder/service-account.pub" 2>/dev/null
}

# write_kubeconfig FILE CERTIFICATES USER CONTEXT PORT [HOST]: writes a kubeconfig with embedded certificates, so that the
# file can be copied.
write_kubeconfig() {
    local file=$1 certificates=$2 user=$3 context=$4 port=$5 host=${6:-127.0.0.1}
    (umask 077 && cat >"$file") <<YAML
apiVersion: v1
kind: Config
current-context: $context
clusters:
- name: $context
  cluster:
    server: https://$host:$port
    certificate-authority-data: $(base64 -w 0 "$certificates/ca.crt")
users:
- name: $user
  user:
    client-certificate-data: $(base64 -w 0 "$certificates/$user.crt")
    client-key-data: $(base64 -w 0 "$certificates/$user.key")
contexts:
- name: $context
  context: {cluster: $context, user: $user}
YAML
}
