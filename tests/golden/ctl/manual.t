The manual has every option of the tables.
$ policyctl completion bash | grep -oE -- "--[a-z]+" | sort -u | while read -r o; do grep -qF -- "$o" "$REPO/docs/policyctl.8.scd" || echo "$o is missing"; done
