#!/usr/bin/env bash
# Verifies the submissions that a pull request adds or changes, and writes a comment. The exit code is 3 if one fails, or
# if the pull request changes anything but submissions.
#
# Usage: verify.sh BASE CANDIDATE COMMENT.md [options of eegrecon leaderboard verify]
#   BASE and CANDIDATE are commits of the repository in the current folder; nothing of CANDIDATE is executed.
set -euo pipefail
base=$1 candidate=$2 comment=$3
shift 3

work=$(mktemp -d)
trap 'git worktree remove --force "$work/candidate" 2>/dev/null || true; rm -rf "$work"' EXIT
GIT_LFS_SKIP_SMUDGE=1 git worktree add --quiet --detach "$work/candidate" "$candidate"

status=0
declare -A submissions=()
: > "$comment"
while IFS= read -r -d '' file; do
  case $file in
    submissions/*)
      name=${file#submissions/}
      submissions["${name%%/*}"]=1
      ;;
    *)
      status=3
      ;;
  esac
done < <(git diff --name-only --no-renames -z "$base...$candidate")
if [ "$status" -ne 0 ]; then
  printf 'A pull request with a submission changes nothing outside `submissions/`; this one does.\n\n' >> "$comment"
fi

for name in "${!submissions[@]}"; do
  path=$work/candidate/submissions/$name
  if [ ! -e "$path" ] && [ ! -L "$path" ]; then
    printf 'A submission was removed.\n\n' >> "$comment"
    continue
  fi
  result=0
  eegrecon leaderboard verify "$path" --markdown --quiet "$@" > "$work/text" || result=$?
  sed "s|$work/candidate/||g" "$work/text" >> "$comment" # paths as in the pull request
  printf '\n\n' >> "$comment"
  if [ "$result" -ne 0 ]; then status=$result; fi
done

if [ "${#submissions[@]}" -eq 0 ]; then
  printf 'There is no submission in this pull request.\n' >> "$comment"
  status=3
fi
exit "$status"
