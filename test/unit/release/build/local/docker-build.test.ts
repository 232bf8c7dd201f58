import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { OsError } from '../../../../../src/core/errors.ts';
import { readProject } from '../../../../../src/project/read-project.ts';
import { checkBuilder, type LocalBuilder } from '../../../../../src/release/build/local/check-docker.ts';
import { buildByDocker } from '../../../../../src/release/build/local/docker-build.ts';
import type { RunDocker } from '../../../../../src/release/build/local/run-docker.ts';
import { readBuildRecipe } from '../../../../../src/release/desired/read-build-recipe.ts';
import type { BuildRecipe } from '../../../../../src/release/desired/desired.ts';
import { openTempDirectory } from '../../../../support/temp-directory.ts';
import { makeTree } from '../../../../support/tree.ts';

const { signal } = new AbortController();

async function recipeOf(
  directory: string,
  files: Parameters<typeof makeTree>[1],
  buildArgs: Readonly<Record<string, string>> = {},
): Promise<BuildRecipe> {
  await makeTree(directory, files);
  const project = await readProject(directory, { placeOf: () => 'local', buildArgs });
  const build = project.services[0]?.build;
  assert.ok(build);
  return readBuildRecipe(build, { isPulled: false, isCacheUsed: true, signal });
}

/** What the docker program got. */
interface Got {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly input: string;
  readonly ignored: string | undefined;
}

async function build(recipe: BuildRecipe, builder: LocalBuilder, folder: string): Promise<Got> {
  const calls: Got[] = [];
  const docker: RunDocker = async (args, { env = {}, input }) => {
    const file = args[args.indexOf('--file') + 1] ?? '';
    const ignored = await readFile(`${file}.dockerignore`, 'utf8').catch(() => undefined);
    calls.push({ args, env, ignored, input: input === undefined ? '' : await text(input) });
    return { code: 0, stdout: '', stderr: '' };
  };
  const engine = { builder, platform: 'linux/amd64' };
  const request = { service: 'main', recipe, tag: 'os-build/x:1', platform: 'linux/arm/v7', folder, engine };
  await buildByDocker(docker, { ...request, report: () => undefined, signal });
  const [call, ...more] = calls;
  assert.ok(call && more.length === 0);
  return call;
}

describe('a build on this machine', () => {
  it('takes the files that a build on a device takes: no .git unless it is asked for, and never a secret', async () => {
    await using source = await openTempDirectory();
    await using folder = await openTempDirectory();
    const files = { Dockerfile: 'FROM a\nCOPY . .\n', '.git/HEAD': 'x', '.balena/secrets/key': 'secret' };
    const plain = await recipeOf(source.path, files);
    assert.equal((await build(plain, 'buildx', folder.path)).ignored, '**/.git\n\n.balena\n.resin\n');
    assert.ok(!(await build(plain, 'classic', folder.path)).input.includes('.git'));
    const own = await recipeOf(source.path, { '.dockerignore': '\ufeff# mine\n*.log\n!.git\n' });
    assert.equal(
      (await build(own, 'buildx', folder.path)).ignored,
      '**/.git\n# mine\n*.log\n!.git\n\n.balena\n.resin\n',
    );
    assert.ok((await build(own, 'classic', folder.path)).input.includes('.git/HEAD'));
  });

  it('keeps values of build arguments off the command line, and asks each builder in its own words', async () => {
    await using source = await openTempDirectory();
    await using folder = await openTempDirectory();
    const recipe = await recipeOf(source.path, { Dockerfile: 'FROM a\nARG WHO\n' }, { WHO: 'no secret' });
    for (const builder of ['buildx', 'buildkit', 'classic'] as const) {
      const { args, env } = await build(recipe, builder, folder.path);
      assert.ok(!args.join(' ').includes('no secret'));
      assert.equal(env['WHO'], 'no secret');
      assert.equal(env['DOCKER_BUILDKIT'], builder === 'classic' ? '0' : '1');
      assert.equal(args[0], builder === 'buildx' ? 'buildx' : 'build');
      assert.equal(args.at(-1), builder === 'classic' ? '-' : path.resolve(source.path));
      assert.equal(args.includes('--provenance=false'), builder === 'buildx');
    }
  });

  it('runs with the environment of the person, whatever names build arguments have', async () => {
    await using source = await openTempDirectory();
    await using folder = await openTempDirectory();
    const readByDocker = {
      ...{ PATH: '/opt/bin:/bin', HOME: '/app', DOCKER_HOST: 'tcp://a:1', DOCKER_BUILDKIT: '9' },
      ...{ HTTP_PROXY: 'http://proxy', https_proxy: 'http://proxy', BUILDX_BUILDER: 'b', TMPDIR: '/none' },
    };
    const recipe = await recipeOf(
      source.path,
      { Dockerfile: 'FROM a\n' },
      { ...readByDocker, NODE_ENV: 'test' },
    );
    for (const builder of ['buildx', 'buildkit', 'classic'] as const) {
      const { args, env } = await build(recipe, builder, folder.path);
      assert.deepEqual(env, { NODE_ENV: 'test', DOCKER_BUILDKIT: builder === 'classic' ? '0' : '1' });
      const given = args.filter((_, i) => args[i - 1] === '--build-arg');
      const onTheLine = Object.entries(readByDocker).map(([name, value]) => `${name}=${value}`);
      assert.deepEqual([...given].sort(), [...onTheLine, 'NODE_ENV'].sort());
    }
  });

  it('keeps the password of a proxy off the command line where the environment has that proxy anyway', async () => {
    await using source = await openTempDirectory();
    await using folder = await openTempDirectory();
    const proxy = 'http://me:no-secret@proxy:3128';
    const args = { HTTP_PROXY: proxy, https_proxy: 'http://another', DOCKER_BUILDKIT: '9' };
    const recipe = await recipeOf(source.path, { Dockerfile: 'FROM a\n' }, args);
    const saved = { ...process.env };
    Object.assign(process.env, { HTTP_PROXY: proxy, https_proxy: proxy, DOCKER_BUILDKIT: '9' });
    try {
      const { args, env } = await build(recipe, 'buildx', folder.path);
      const given = args.filter((_, i) => args[i - 1] === '--build-arg');
      assert.deepEqual(given, ['HTTP_PROXY', 'https_proxy=http://another', 'DOCKER_BUILDKIT=9']);
      assert.deepEqual(env, { DOCKER_BUILDKIT: '1' });
    } finally {
      delete process.env['HTTP_PROXY'];
      delete process.env['https_proxy'];
      delete process.env['DOCKER_BUILDKIT'];
      Object.assign(process.env, saved);
    }
  });

  it('whose engine has no space says so, and is no failure of the project', async () => {
    await using source = await openTempDirectory();
    await using folder = await openTempDirectory();
    const recipe = await recipeOf(source.path, { Dockerfile: 'FROM a\n' });
    const failure = (stdout: string, stderr: string): Promise<unknown> =>
      buildByDocker(() => Promise.resolve({ code: 1, stdout, stderr }), {
        ...{ service: 'main', recipe, tag: 'os-build/x:1', platform: 'linux/amd64', folder: folder.path },
        engine: { builder: 'classic', platform: 'linux/amd64' },
        ...{ report: () => undefined, signal },
      }).then(
        () => undefined,
        (error: unknown) => error,
      );
    const full = 'Error processing tar file(exit status 1): write /large: no space left on device';
    for (const [stdout, stderr] of [
      ['Step 2/2 : COPY large /\n', `${full}\n`],
      [`RUN make\nmake: ${full}\n`, 'The command returned a non-zero code: 1\n'],
    ] as const) {
      const error = await failure(stdout, stderr);
      assert.ok(error instanceof OsError);
      assert.equal(error.code, 'no-space');
      assert.match(
        error.message,
        /^Docker on this machine has no space to build main:\n(?: {2}.*\n?)*large: no space/,
      );
      assert.match(error.hint ?? '', /docker system df.*--build-on device/);
    }
    const other = await failure('', 'no such file');
    assert.ok(other instanceof OsError && other.code === 'build-failed');
  });

  it('that needs BuildKit is refused in one line where this machine has none', async () => {
    await using source = await openTempDirectory();
    const needing = await recipeOf(source.path, {
      Dockerfile: 'FROM a\nRUN --mount=type=cache,target=/x true\n',
    });
    const task = { service: 'main', recipe: needing };
    const on = (builder: LocalBuilder) => () => checkBuilder(task, { builder, platform: 'linux/amd64' });
    on('buildx')();
    on('buildkit')();
    assert.throws(on('classic'), (error: unknown) => {
      assert.ok(error instanceof OsError);
      assert.equal(error.code, 'host-unsuitable');
      assert.equal(error.message, 'main needs the plugin buildx on this machine, for RUN --mount (line 2)');
      return true;
    });
  });
});
