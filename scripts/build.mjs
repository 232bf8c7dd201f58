// The production build: one esbuild bundle with splitting, one entry a command, so that a start loads few files.
// Also writes oclif.manifest.json (committed) and dist/help.txt, which bin/run.js prints without loading anything.
import { Plugin } from '@oclif/core';
import { build } from 'esbuild';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { composeSchema } from './build/compose-schema.mjs';
import { leanDockerode } from './build/lean-dockerode.mjs';
import { leanOclif } from './build/lean-oclif.mjs';
import { writeDeclarations } from './build/library-types.mjs';
import { bundledPackages, writeNotices } from './build/notices.mjs';
import { commonJs, toCommonJs, writeModule } from './build/to-commonjs.mjs';
import { beginBuild, isUpToDate } from './build/up-to-date.mjs';

const startedAt = performance.now();
const require = createRequire(import.meta.url);
const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);
if (isUpToDate()) {
  process.stdout.write('built before, of the same files\n');
  process.exit();
}
const endBuild = beginBuild();

const filesIn = folder =>
  fs.existsSync(folder)
    ? fs
        .readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter(entry => entry.isFile())
        .map(entry => path.join(entry.parentPath, entry.name))
        .sort()
    : [];

const commands = filesIn('src/commands').filter(file => file.endsWith('.ts'));
const strays = filesIn('src/commands').filter(file => !file.endsWith('.ts'));
if (strays.length > 0) throw new Error(`src/commands holds commands only: ${strays.join(', ')}`);

fs.rmSync('dist', { recursive: true, force: true });

const options = {
  // esbuild keeps the directory in which it was loaded.
  absWorkingDir: root,
  outbase: 'src',
  outdir: 'dist',
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  // Names stay, so that the stack of a defect can be read without a source map.
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  // ssh2 carries an optional native part, so it stays a dependency.
  external: ['ssh2', 'cpu-features'],
  plugins: [leanOclif, leanDockerode, composeSchema],
  outExtension: { '.js': '.cjs' },
  metafile: true,
  logLevel: 'warning',
};
const { metafile } = await build({
  ...options,
  entryPoints: ['src/cli/main.ts', 'src/library.ts', ...commands],
  chunkNames: 'chunks/[name]-[hash]',
  splitting: true,
});
await toCommonJs(metafile.outputs, options);
writeModule('dist/library.js', { of: 'library.cjs', names: metafile.outputs['dist/library.cjs'].exports });
// One file each: what is asked most, or while somebody types.
await build({
  ...options,
  entryPoints: ['src/cli/quick-scan.ts', 'src/cli/complete.ts', 'src/cli/completion/spec.ts'],
  ...commonJs,
});

const buildId = createHash('sha256');
for (const file of filesIn('dist')) buildId.update(`${file}\0`).update(fs.readFileSync(file));
await build({
  ...options,
  entryPoints: ['src/cli/load/load.ts'],
  ...commonJs,
  define: { osBuildId: JSON.stringify(buildId.digest('hex').slice(0, 16)) },
});

// What runs on emulated devices as their supervisor, in one file that is mounted there.
await build({
  ...options,
  entryPoints: [{ in: 'src/emulator/supervisor/main.ts', out: 'emulator/supervisor' }],
  outExtension: { '.js': '.mjs' },
  outbase: undefined,
});

writeDeclarations('src/library.ts', { base: 'src', outdir: 'dist/types' });

const packages = bundledPackages(metafile);
writeNotices(packages, 'dist/THIRD-PARTY-NOTICES.txt');
// For the tests, which tell from it what a start loads.
fs.mkdirSync('.cache', { recursive: true });
fs.writeFileSync('.cache/bundled-packages.json', JSON.stringify(Object.fromEntries(packages), undefined, 2));

// The system files of an emulated device and the scripts that make and run it, verbatim. npm leaves symbolic links out
// of a package.
for (const folder of ['rootfs', 'scripts']) {
  const links = filesIn(`src/emulator/${folder}`).filter(file => fs.lstatSync(file).isSymbolicLink());
  if (links.length > 0) throw new Error(`make these links when the device is made: ${links.join(', ')}`);
  fs.cpSync(`src/emulator/${folder}`, `dist/emulator/${folder}`, { recursive: true });
}

process.env.NODE_ENV = 'production'; // or oclif looks for the commands in src
const pjson = JSON.parse(fs.readFileSync('package.json', 'utf8'));
const plugin = new Plugin({ root, pjson, isRoot: true, ignoreManifest: true, errorOnManifestCreate: true });
await plugin.load();
const sorted = object => Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));
const manifest = {
  // Flags and arguments keep the order they are written in; everything else is sorted.
  commands: sorted(
    Object.fromEntries(Object.entries(plugin.manifest.commands).map(([id, it]) => [id, sorted(it)])),
  ),
  version: plugin.manifest.version,
};
const manifestText = `${JSON.stringify(manifest, undefined, 2)}\n`;
if (manifestText.includes(root))
  throw new Error('oclif.manifest.json holds a path of this machine: find the default that made it');
fs.writeFileSync('oclif.manifest.json', manifestText);

// What a completion reads in place of the manifest.
const { specOf } = require(path.resolve('dist/cli/completion/spec.cjs'));
fs.writeFileSync('dist/completion.json', JSON.stringify(specOf(manifest)));
fs.rmSync('dist/cli/completion', { recursive: true });

const { renderRootHelp } = require(path.resolve('dist/cli/main.cjs'));
fs.writeFileSync('dist/help.txt', await renderRootHelp({ root }));

endBuild();

const outputs = Object.values(metafile.outputs);
const sizeKb = Math.round(outputs.reduce((sum, { bytes }) => sum + bytes, 0) / 1000);
process.stdout.write(
  `built ${commands.length} commands: ${outputs.length} files, ${sizeKb} kB, in ${Math.round(performance.now() - startedAt)} ms\n`,
);
