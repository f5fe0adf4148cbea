# Keeps one throwaway PostgreSQL cluster for as long as somebody holds the other end of our
# standard input: when that process ends, however it ends, the cluster goes with it.
# Prints `ready` and the server's process id once the cluster answers. Arguments: directory of
# programs, where to put it, port, and `fsync`: `off` for tests, `on` for figures.
set -eu
programs=$1 base=$2 port=$3 fsync=$4
cluster=$(mktemp -d "$base/vestibule-postgres.XXXXXX")
clear_away() {
    "$programs/pg_ctl" stop --silent --mode=immediate --pgdata="$cluster/data" >/dev/null 2>&1 || true
    rm -rf "$cluster"
}
trap clear_away EXIT
trap 'exit 1' HUP INT PIPE TERM

"$programs/initdb" --pgdata="$cluster/data" --username=postgres --auth=trust \
    --encoding=UTF8 --locale=C --no-sync >"$cluster/log"
# Trusting everybody and not waiting for the disk are right for tests alone: the cluster
# listens on this machine only and outlives no run.
cat >>"$cluster/data/postgresql.conf" <<SETTINGS
listen_addresses = '127.0.0.1'
port = $port
unix_socket_directories = ''
max_connections = 200
fsync = $fsync
full_page_writes = $fsync
SETTINGS
"$programs/pg_ctl" start --silent --wait --timeout=60 --pgdata="$cluster/data" --log="$cluster/log" || {
    cat "$cluster/log" >&2
    exit 1
}
echo "ready $(head -n 1 "$cluster/data/postmaster.pid")"
read -r _ || true
