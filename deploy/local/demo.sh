# The demo data: the guide's own people and clinics. Sourced by up, with its variables.
# shellcheck shell=bash disable=SC2154

# Everybody's, and of no use anywhere else.
demo_password='demo password, not a secret'

# user id | name | email address | role at organization, …
demo_people() {
  local acme=acme-clinic.example elig24=elig-org-24.example
  cat <<END
elizabeth.blackwell|Elizabeth Blackwell|elizabeth.blackwell@$acme|securityOfficial acme,securityOfficial rolfson,staffUser elig11
thomas.miller|Thomas Miller, MD|thomas.miller@$acme|
mary.jacobi|Mary Jacobi|mary.jacobi@$acme|staffUser acme
ann.preston|Ann Preston|ann.preston@$acme|staffUser acme
rebecca.crumpler|Rebecca Crumpler|rebecca.crumpler@greenville.example|securityOfficial greenville,securityOfficial elig11
florian.parker|Florian Parker|florian.parker@$elig24|securityOfficial elig24
nirmal.test|Nirmal Test|nirmal.test@$elig24|securityOfficial elig24
aurelie.farrell|Aurelie Farrell|aurelie.farrell@$elig24|securityOfficial elig24
END
  local number
  for number in $(seq -w 1 19); do
    echo "staff.user.$number|Staff User $number|staff.user.$number@$elig24|staffUser elig24"
  done
}

# key | TIN | name | address | clinicians | Security Officials by import
demo_organizations() {
  cat <<'END'
acme|000271828|Acme Clinic, LLC|100 Main Street, Greenville, SC 29601|30|elizabeth.blackwell
greenville|000314159|Greenville Medical Clinic|2 Church Street, Greenville, SC 29601|8|rebecca.crumpler
rolfson|000262241|Rolfson - Nienow|7127 Melissa Mountains Suite 1438, New Barbarastad, NC 52036|1|elizabeth.blackwell
elig11|000153214|Elig WI Org 11|6444 Black Fords Suite 409, Bakerborough, CT 11829|25|rebecca.crumpler
elig24|000573829|Elig Org 24|8259 Duran Turnpike Apt. 273, East Kathryn, MT 27488|120|florian.parker nirmal.test aurelie.farrell
END
}

# By user id; of organizations by key.
declare -A account_id totp_secret token_of
declare -A organization_tin officials_of

create_demo_accounts() {
  (run_service identity migrate)
  local user_id name email_address made
  while IFS='|' read -r user_id name email_address _; do
    made=$(printf '%s\n' "$demo_password" |
      (run_service identity create-demo-account "$user_id" "$name" "$email_address"))
    account_id[$user_id]=$(jq -r .accountId <<<"$made")
    totp_secret[$user_id]=$(jq -r .totpSecret <<<"$made")
  done < <(demo_people)
}

import_demo_organizations() {
  local key tin name address clinicians officials official
  echo type,identifier,name,taxpayerIdentificationNumber,address,securityOfficialAccountId,clinicianCount \
    >"$directory/organizations.csv"
  while IFS='|' read -r key tin name address clinicians officials; do
    organization_tin[$key]=$tin officials_of[$key]=$officials
    for official in $officials; do
      echo "practice,$tin,\"$name\",$tin,\"$address\",${account_id[$official]},$clinicians"
    done >>"$directory/organizations.csv"
  done < <(demo_organizations)
  (run_service membership migrate)
  (run_service membership import-organizations "$directory/organizations.csv") >/dev/null
}

# Open all year, for years to come.
import_demo_registration_windows() {
  local this_year year
  this_year=$(date -u +%Y)
  {
    echo program,performanceYear,opensAt,closesAt,minimumClinicianCount
    for year in $(seq "$this_year" $((this_year + 9))); do
      echo "cmsWebInterface,$year,$year-01-01T00:00:00.000Z,$((year + 1))-01-01T00:00:00.000Z,25"
      echo "cahpsForMipsSurvey,$year,$year-01-01T00:00:00.000Z,$((year + 1))-01-01T00:00:00.000Z,2"
    done
  } | (run_service membership import-registration-windows -) >/dev/null
}

# ask USER_ID ROLE ORGANIZATION: finds the organization and asks for the role; leaves the request's
# id in $role_request.
ask() {
  token=${token_of[$1]}
  call POST "${public_url[membership]}/v1/organizations/find" \
    "{\"type\": \"practice\", \"identifier\": \"${organization_tin[$3]}\"}"
  expect 200
  local organization_id deadline
  organization_id=$(field .organization.id)
  deadline=$((SECONDS + 20))
  while :; do
    call POST "${public_url[membership]}/v1/role-requests" \
      "{\"organizationId\": \"$organization_id\", \"role\": \"$2\"}"
    # 503 until membership has heard of the account.
    if [ "$status" != 503 ] || [ $SECONDS -ge $deadline ]; then break; fi
    sleep 0.1
  done
  expect 201
  role_request=$(field .id)
}

# Everybody asks for the roles that the import did not give, and the first official approves; then
# the two requests that wait in the guide.
make_demo_history() {
  local people user_id name roles role organization role_request
  people=$(demo_people)
  while IFS='|' read -r user_id _ _ _; do
    sign_in "${public_url[identity]}" "$user_id" "$demo_password" "${totp_secret[$user_id]}"
    token_of[$user_id]=$token
  done <<<"$people"
  while IFS='|' read -r user_id _ _ roles; do
    while read -r role organization; do
      if [ -z "$role" ] || [[ " ${officials_of[$organization]} " == *" $user_id "* ]]; then continue; fi
      ask "$user_id" "$role" "$organization"
      token=${token_of[${officials_of[$organization]%% *}]}
      call POST "${public_url[membership]}/v1/role-requests/$role_request/approve" '{}'
      expect 200
    done <<<"${roles//,/$'\n'}"
  done <<<"$people"
  ask thomas.miller staffUser acme
  ask elizabeth.blackwell securityOfficial greenville

  while IFS='|' read -r user_id name _ _; do
    token=${token_of[$user_id]}
    call GET "${public_url[membership]}/v1/manage-access"
    expect 200
    jq -c --arg userId "$user_id" --arg password "$demo_password" --arg name "$name" \
      --arg totpSecret "${totp_secret[$user_id]}" --arg accountId "${account_id[$user_id]}" \
      '{$userId, $password, $totpSecret, $name, $accountId, memberships:
        [.organizations[] | {organization: .name, organizationId: .id, role: .yourRole}]}' <<<"$body"
  done <<<"$people" | jq -s . >"$directory/accounts.json.new"
}
