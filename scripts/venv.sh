# The environment of this project, made on first use; sourced by ./demo, ./test and .ci/run.
#
#   prepare cli     what the command line needs
#   prepare test    that, and what the tests need
#   prepare dev     that, and linters, types and docs
#
# It needs Python 3.11 or later and a package index, and touches nothing outside .venv.

find_python() {
    for candidate in "${PYTHON:-}" python3 python3.14 python3.13 python3.12 python3.11 python; do
        if [ -n "$candidate" ] && "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    echo "creditbank needs Python 3.11 or later; install it, or name it: PYTHON=/path/to/python $0" >&2
    return 1
}

prepare() {
    venv=.venv
    stamp="$venv/.ready-$1"
    # A stamp older than the list of dependencies is out of date.
    if [ -e "$stamp" ] && [ ! pyproject.toml -nt "$stamp" ]; then
        return
    fi
    if [ ! -x "$venv/bin/python" ]; then
        python=$(find_python) || return 1
        if ! "$python" -m venv "$venv"; then
            rm -rf "$venv"
            echo "$python cannot make an environment; on Debian and Ubuntu: apt-get install python3-venv" >&2
            return 1
        fi
    fi
    echo "Preparing $venv ($1) ..." >&2
    pip="$venv/bin/python -m pip --disable-pip-version-check --quiet"
    # Dependency groups (PEP 735) came with pip 25.1; the pip that Python brings may be older.
    $pip install --upgrade 'pip>=25.1' || return 1
    case $1 in
        cli) $pip install --editable '.[cli]' ;;
        *) $pip install --editable . --group "$1" ;;
    esac || return 1
    touch "$stamp"
}
