// The production build: one esbuild bundle with splitting, one entry a command, so that a start loads few files.
// Also writes what the fast path prints (dist/help.txt) and oclif.manifest.json.
import { build } from 'esbuild';
import { globSync } from 'node:fs';
