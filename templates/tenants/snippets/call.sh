curl {{ api_url }}/v1/me -H "Authorization: $ID_TOKEN" -H "x-api-key: $API_KEY"
echo
curl -X POST {{ api_url }}/v1/solve -H "Authorization: $ID_TOKEN" -H "x-api-key: $API_KEY" \
  -H 'Content-Type: application/json' --data '{"qubo": [[-1, 2], [0, -2]], "seed": 1}'
