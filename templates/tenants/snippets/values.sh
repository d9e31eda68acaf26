{% load i18n addresses %}{% translate "paste your API key here" as placeholder %}EMAIL={{ email|shell_quoted }}
API_KEY={% firstof key placeholder as shown %}{{ shown|shell_quoted }}
printf 'Password: '; IFS= read -rs PASSWORD; echo; PASSWORD=$(printf %s "$PASSWORD" | sed 's/[\\"]/\\&/g')
