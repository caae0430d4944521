#!/usr/bin/env bash
# Verifies every submission without a record, keeps the records, and builds the site. A submission that fails is listed on
# the site with the reason and prevents nothing.
#
# Usage: build.sh SITE [options of eegrecon leaderboard verify]
#   The current folder has submissions/; records/ is created in it.
set -euo pipefail
site=$1
shift

for submission in submissions/*; do
  if [ ! -e "$submission" ] && [ ! -L "$submission" ]; then continue; fi
  result=0
  eegrecon leaderboard verify "$submission" --record records --quiet "$@" || result=$?
  if [ "$result" -ne 0 ] && [ "$result" -ne 3 ]; then exit "$result"; fi
done
mkdir -p records
result=0
eegrecon leaderboard build submissions --out "$site" --verified records || result=$?
if [ "$result" -eq 3 ]; then
  echo "::warning::some submissions are not shown; the site has the reasons"
elif [ "$result" -ne 0 ]; then
  exit "$result"
fi
