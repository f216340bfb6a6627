# Runs a compiler and, where TMPDIR holds a folder `running`, lets a test see how many run at once.
set -e
seen="${TMPDIR:-/tmp}/running"
if [ -d "$seen" ]; then
	mark=$(mktemp "$seen/now.XXXXXX")
	ls "$seen" | grep -c '^now' > "$seen/count.${mark##*.}"
	sleep 0.2
	"$@" || { status=$?; rm -f "$mark"; exit $status; }
	rm -f "$mark"
else
	"$@"
fi
