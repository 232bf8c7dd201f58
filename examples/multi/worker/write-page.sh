#!/bin/sh
# Writes a page anew every ten seconds, and says so.
while true; do
  echo "<!doctype html><title>multi</title><h1>$GREETING at $(date)</h1>" > /pages/index.html
  echo "wrote the page"
  sleep 10
done
