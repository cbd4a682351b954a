# Releases of pay-api, each one write by ci-bot: the image, its environment and the cause, hence one revision.
# shellcheck shell=bash

release_pay_api() { # release_pay_api VERSION FAIL_RATIO (empty: none)
    local failing='{"name": "FAIL_RATIO", "$patch": "delete"}'
    [[ -z ${2:-} ]] || failing="{\"name\": \"FAIL_RATIO\", \"value\": \"$2\"}"
    kube patch deployment pay-api --namespace checkout --field-manager ci-bot --type strategic --patch "{
        \"metadata\": {\"annotations\": {\"kubernetes.io/change-cause\": \"ci-bot: pay-api $1\"}},
        \"spec\": {\"template\": {\"spec\": {\"containers\": [{
            \"name\": \"pay-api\", \"image\": \"docker.io/local/shop-pay:$1\", \"env\": [$failing]
        }]}}}
    }"
}
