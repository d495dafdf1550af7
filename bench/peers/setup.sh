#!/usr/bin/env bash
# A Python environment with the peers in a folder of your choice; prints the path benches want.
#   bash bench/peers/setup.sh [FOLDER] [PYTHON]      default: bench/peers/.venv, python3
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=${1:-$here/.venv}
python=${2:-python3}
"$python" -m venv "$folder"
"$folder/bin/python" -m pip install --quiet --requirement "$here/requirements.txt"
"$folder/bin/python" -c 'import gensim, fastnode2vec; print("gensim", gensim.__version__)'
echo "export SHELFWALK_PEERS_PYTHON=$(cd "$folder" && pwd)/bin/python"
