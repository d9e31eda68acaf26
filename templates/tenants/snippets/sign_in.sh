ID_TOKEN=$(curl -X POST {{ identity_url }} -H 'X-Amz-Target: AWSCognitoIdentityProviderService.InitiateAuth' -H 'Content-Type: application/x-amz-json-1.1' \
  --data '{"AuthFlow":"USER_PASSWORD_AUTH","ClientId":"{{ client_id }}","AuthParameters":{"USERNAME":"'"$EMAIL"'","PASSWORD":"'"$PASSWORD"'"}}' \
  -sS | sed -n 's/.*"IdToken": *"\([^"]*\)".*/\1/p')
[ -n "$ID_TOKEN" ] && echo 'Signed in.' || echo 'Not signed in: type the password again.'
