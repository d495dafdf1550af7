#!/usr/bin/env bash
# Python environments with the peers in a folder of your choice; prints the paths benches want. PecanPy has
# one of its own, for it needs an older numpy than the others run on.
#   bash bench/peers/setup.sh [FOLDER] [PYTHON]      default: bench/peers/.venv, python3
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=${1:-$here/.venv}
python=${2:-python3}

make() { # ENVIRONMENT REQUIREMENTS MODULES
  "$python" -m venv "$1"
  "$1/bin/python" -m pip install --quiet --requirement "$here/$2"
  "$1/bin/python" -c "import $3"
}
make "$folder" requirements.txt gensim,fastnode2vec,implicit
make "$folder/pecanpy" requirements-pecanpy.txt gensim,pecanpy,sklearn
folder=$(cd "$folder" && pwd)
echo "export SHELFWALK_PEERS_PYTHON=$folder/bin/python"
echo "export SHELFWALK_PECANPY_PYTHON=$folder/pecanpy/bin/python"
