import assert from 'node:assert/strict';
import { build } from 'esbuild';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type * as sourceContext from '../../src/project/context/build-context.ts';
import type * as sourceTar from '../../src/project/context/content/open-context.ts';
import * as source from '../../src/project/read-project.ts';
import { openTempDirectory } from '../support/temp-directory.ts';
import { makeTree } from '../support/tree.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

interface Bundle {
  readonly readProject: typeof source.readProject;
  readonly listBuildContext: typeof sourceContext.listBuildContext;
  readonly openContext: typeof sourceTar.openContext;
}

/** What the build does with src/project: see scripts/build.mjs. */
async function bundle(directory: string): Promise<Bundle> {
  const plugin = path.join(root, 'scripts/build/compose-schema.mjs');
  const { composeSchema } = (await import(pathToFileURL(plugin).href)) as { composeSchema: never };
  const contents = ['read-project', 'context/build-context', 'context/content/open-context']
    .map(file => `export * from './src/project/${file}.ts';`)
    .join('\n');
  const { metafile } = await build({
    stdin: { contents, resolveDir: root, loader: 'ts', sourcefile: 'entry.ts' },
    ...{ outdir: directory, outExtension: { '.js': '.mjs' }, metafile: true },
    ...{ bundle: true, splitting: true, format: 'esm', platform: 'node', target: 'node20.19' },
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
    plugins: [composeSchema],
  });
  const inputs = Object.keys(metafile.inputs).filter(file => /node_modules\/(?:ajv|dclint)\//.test(file));
  const compiler = inputs.filter(file => !file.includes('/runtime/'));
  assert.deepEqual(compiler, [], 'the compiler stays with developers');
  return (await import(pathToFileURL(path.join(directory, 'stdin.mjs')).href)) as Bundle;
}

describe('the bundled project reader', () => {
  it('finds the same problems as the one that is compiled at run time', async () => {
    await using temp = await openTempDirectory();
    await makeTree(temp.path, {
      'project/compose.yaml': [
        'services:',
        '  web:',
        '    image: a',
        '    enviroment: {A: 1}',
        '    ports: 80',
        '    user: 1000',
        '    volumes: [{type: bnd, target: /x}, {source: x}]',
        '    depends_on: {db: {condition: healthy}}',
        '    group_add: [A, A]',
        'volume: {}',
      ].join('\n'),
    });
    const messageOf = (read: Pick<Bundle, 'readProject'>): Promise<string> =>
      read.readProject(path.join(temp.path, 'project'), {}).then(
        () => 'read',
        (error: unknown) => (error as Error).message,
      );
    const expected = await messageOf(source);
    assert.equal(expected.split('\n').length, 9, expected);
    assert.equal(await messageOf(await bundle(path.join(temp.path, 'dist'))), expected);
  });

  it('reads a project and streams its context', async () => {
    await using temp = await openTempDirectory();
    const files = { 'compose.yaml': 'services: {web: {build: .}}', Dockerfile: 'FROM a', x: 'content' };
    await makeTree(path.join(temp.path, 'project'), files);
    const { readProject, listBuildContext, openContext } = await bundle(path.join(temp.path, 'dist'));
    const project = await readProject(path.join(temp.path, 'project'), {});
    const build = project.services[0]?.build;
    assert.ok(build);
    await using context = openContext(await listBuildContext(build));
    assert.match(await text(context.stream), /ustar[^]*content/);
  });
});
