#!/bin/sh
# Keeps a database in a volume: its data are there after the container was removed.
#
# Usage: MARIADB_ROOT_PASSWORD=... database.sh
set -eu
export MARIADB_ROOT_PASSWORD MYSQL_PWD="$MARIADB_ROOT_PASSWORD"

# A name without a value takes the value from here, so that no list of processes shows it.
serve() {
  tsd run -d --name shop-db -v shop-data:/var/lib/mysql \
    -e MARIADB_ROOT_PASSWORD -e MARIADB_DATABASE=shop mariadb
  tries=0
  # By TCP, which the image's server does not listen to while it creates the system's tables.
  until query 'SELECT 1' >/dev/null 2>&1; do
    tries=$((tries + 1))
    if [ "$tries" -eq 120 ]; then
      tsd logs shop-db >&2
      exit 1
    fi
    sleep 0.5
  done
}

query() {
  tsd exec -e MYSQL_PWD shop-db mariadb -h 127.0.0.1 -u root --skip-column-names -e "$1"
}

serve
query "CREATE TABLE shop.goods (name TEXT); INSERT INTO shop.goods VALUES ('tea')"
tsd stop shop-db
tsd rm shop-db

serve
echo "In stock: $(query 'SELECT name FROM shop.goods')"
echo "End it by: tsd rm -f shop-db; tsd volume rm shop-data"
