# Who is who: one certificate authority, a certificate for each part and person, and the kubeconfigs.
# shellcheck shell=bash

make_authority() {
    PKI=$STATE/pki
    mkdir -p "$PKI"
    chmod 700 "$PKI"
    printf '%s\n' '[req]' 'distinguished_name = name' '[name]' \
        '[authority]' 'basicConstraints = critical, CA:TRUE' 'keyUsage = critical, keyCertSign, digitalSignature' \
        '[server]' 'basicConstraints = critical, CA:FALSE' 'extendedKeyUsage = serverAuth, clientAuth' \
        "subjectAltName = IP:$NODE_ADDRESS, IP:127.0.0.1, IP:$FIRST_SERVICE_ADDRESS, DNS:localhost, DNS:$NODE_NAME, DNS:kubernetes, DNS:kubernetes.default, DNS:kubernetes.default.svc" \
        '[client]' 'basicConstraints = critical, CA:FALSE' 'extendedKeyUsage = clientAuth' >"$PKI/openssl.conf"
    certificate ca authority /CN=watchkeeper-test-cluster
    openssl ecparam -name prime256v1 -genkey -noout -out "$PKI/service-accounts.key" 2>/dev/null
    openssl ec -in "$PKI/service-accounts.key" -pubout -out "$PKI/service-accounts.pub" 2>/dev/null
}

certificate() { # certificate FILE authority|server|client SUBJECT
    local signer=()
    [[ $2 = authority ]] || signer=(-CA "$PKI/ca.crt" -CAkey "$PKI/ca.key")
    openssl req -x509 -config "$PKI/openssl.conf" -extensions "$2" -subj "$3" -days 30 "${signer[@]}" \
        -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc \
        -keyout "$PKI/$1.key" -out "$PKI/$1.crt" 2>"$PKI/openssl.log" || fail "no certificate $1" "$PKI/openssl.log"
}

kubeconfig() { # kubeconfig FILE USER NAMESPACE CREDENTIAL-LINE…
    local file=$1 user=$2 namespace=$3 line
    shift 3
    {
        printf '%s\n' 'apiVersion: v1' 'kind: Config' 'current-context: real' 'clusters:' '- name: real' '  cluster:' \
            "    server: https://$NODE_ADDRESS:6443" \
            "    certificate-authority-data: $(base64 -w0 "$PKI/ca.crt")" \
            'contexts:' '- name: real' '  context:' '    cluster: real' "    user: $user" "    namespace: $namespace" \
            'users:' "- name: $user" '  user:'
        for line in "$@"; do printf '    %s\n' "$line"; done
    } >"$file"
    chmod 600 "$file"
}

with_certificate() { # with_certificate FILE USER NAMESPACE SUBJECT
    certificate "$2" client "$4"
    kubeconfig "$1" "$2" "$3" "client-certificate-data: $(base64 -w0 "$PKI/$2.crt")" \
        "client-key-data: $(base64 -w0 "$PKI/$2.key")"
}

make_daemon_identities() {
    certificate kube-apiserver server /CN=kube-apiserver
    certificate kubelet-serving server "/O=system:nodes/CN=system:node:$NODE_NAME"
    certificate kubelet-client client /O=system:masters/CN=kube-apiserver-kubelet-client
    with_certificate "$PKI/kubelet.kubeconfig" kubelet default "/O=system:nodes/CN=system:node:$NODE_NAME"
    local name
    for name in kube-controller-manager kube-scheduler; do
        with_certificate "$PKI/$name.kubeconfig" $name default "/CN=system:$name"
    done
}

# Three people have certificates, one a token in the kubeconfig, one a token in a file. Rights: manifests/people.yaml.
make_people() {
    local people=$STATE/kubeconfig
    mkdir -p "$people"
    chmod 700 "$people"
    with_certificate "$people/admin" admin default /O=system:masters/CN=admin
    with_certificate "$people/oncall" oncall checkout /O=watch/CN=oncall
    with_certificate "$people/developer" developer checkout /O=developers/CN=developer
    local reader nobody
    reader=$(openssl rand -hex 16)
    nobody=$(openssl rand -hex 16)
    printf '%s\n' "$reader,reader,1001,readers" "$nobody,nobody,1002" >"$PKI/tokens.csv"
    kubeconfig "$people/reader" reader checkout "token: $reader"
    echo "$nobody" >"$PKI/nobody.token"
    kubeconfig "$people/nobody" nobody checkout "tokenFile: $PKI/nobody.token"
}
