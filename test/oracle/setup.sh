#!/usr/bin/env bash
# A Python environment for the oracle tests in a folder of your choice; prints the variable they look for.
#   bash test/oracle/setup.sh [FOLDER] [PYTHON]      default: test/oracle/.venv, python3
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=${1:-$here/.venv}
python=${2:-python3}
"$python" -m venv "$folder"
"$folder/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$here/requirements.txt"
"$folder/bin/python" -c 'import gensim, pyarrow; print("gensim", gensim.__version__, "pyarrow", pyarrow.__version__)' >&2
echo "export SHELFWALK_ORACLE_PYTHON=$(cd "$folder" && pwd)/bin/python"
