/**
 * A program of a few commands made for tests (test/fixtures/cli), on the product's own base. It is built once a test process:
 * run from its sources, each start would take three times as long.
 */
import { build } from 'esbuild';
import { mkdtempSync, rmSync } from 'node:fs';
import { copyFile, readdir, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { root, runNode, type Ended, type RunOptions } from './run-program.ts';

const sources = path.join(root, 'test/fixtures/cli');

async function buildProgram(): Promise<string> {
  const directory = mkdtempSync(path.join(tmpdir(), 'os-test-'));
  process.once('exit', () => {
    rmSync(directory, { recursive: true, force: true });
  });
  const files = (await readdir(sources, { recursive: true })).filter(file => file.endsWith('.ts'));
  await build({
    entryPoints: files.map(file => path.join(sources, file)),
    outbase: sources,
    outdir: directory,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    packages: 'external',
    logLevel: 'warning',
  });
  await copyFile(path.join(sources, 'package.json'), path.join(directory, 'package.json'));
  await symlink(path.join(root, 'node_modules'), path.join(directory, 'node_modules'));
  return path.join(directory, 'run.js');
}

let built: Promise<string> | undefined;

/** The program's file, for `node`. */
export const fixtureProgram = (): Promise<string> => (built ??= buildProgram());

export const runFixture = async (args: readonly string[], options?: RunOptions): Promise<Ended> =>
  runNode([await fixtureProgram(), ...args], options);
