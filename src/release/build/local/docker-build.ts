/** Builds an image by this machine's Docker. */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { OsError } from '../../../core/errors.ts';
import { reportsFullDisk } from '../../../core/full-disk.ts';
import { sanitizeLine } from '../../../core/sanitize.ts';
import { openContext } from '../../../project/context/content/open-context.ts';
import { withOurRules } from '../../../project/context/ignore/ignore-file.ts';
import type { BuildEvent, Report } from '../../apply/events.ts';
import type { BuildRecipe } from '../../desired/desired.ts';
import { BuildOutputReader } from '../build-output.ts';
import type { LocalEngine } from './check-docker.ts';
import { dockerOutOfSpace } from './image-folder.ts';
import type { DockerRun, RunDocker } from './run-docker.ts';

export interface LocalBuild {
  readonly service: string;
  readonly recipe: BuildRecipe;
  /** The name of the image on this machine. */
  readonly tag: string;
  readonly platform: string;
  /** Removed afterwards. */
  readonly folder: string;
  readonly engine: LocalEngine;
  readonly report: Report<BuildEvent>;
  readonly signal: AbortSignal;
}

/** Variables that the docker program, its plugins, or what they are written in read themselves. */
const readByDocker =
  /^(?:PATH|HOME|USERPROFILE|TE?MP|TMPDIR|LD_.*|GO[A-Z]+|SSL_CERT_.*|SSH_.*|XDG_.*|OTEL_.*|(?:DOCKER|BUILDX|BUILDKIT)_.*|.*_PROXY)$/i;

/** The variable by which docker is told how to build. */
const builderVariable = 'DOCKER_BUILDKIT';

/** True if docker finds the value of the build argument in its environment, and does nothing else because of that. */
const isInherited = (name: string, value: string): boolean =>
  name !== builderVariable && process.env[name] === value;
const hasToBeWritten = (name: string, value: string): boolean =>
  readByDocker.test(name) && !isInherited(name, value);

const givenArgs = ({ build }: BuildRecipe): [string, string][] =>
  Object.entries(build.args).filter((pair): pair is [string, string] => pair[1] !== null);

/**
 * Build arguments go by the environment: a command line can be read by everybody on the machine. Those that would change
 * what docker itself does have to be on it, unless docker's environment has them anyway.
 */
const environmentOf = (recipe: BuildRecipe): Record<string, string> =>
  Object.fromEntries(givenArgs(recipe).filter(([name]) => !readByDocker.test(name)));

function commonFlags({ recipe, tag }: LocalBuild): string[] {
  const { build } = recipe;
  const flag = (name: string, value: string | undefined): string[] =>
    value === undefined ? [] : [`--${name}`, value];
  return [
    ...['--tag', tag],
    ...givenArgs(recipe).flatMap(([name, value]) =>
      flag('build-arg', hasToBeWritten(name, value) ? `${name}=${value}` : name),
    ),
    ...Object.entries(build.labels).flatMap(([name, value]) => flag('label', `${name}=${value}`)),
    ...flag('target', build.target),
    ...flag('network', build.network),
    ...build.extraHosts.flatMap(host => flag('add-host', host)),
    ...flag('shm-size', build.shmSizeBytes?.toString()),
    ...build.ulimits.flatMap(({ name, soft, hard }) =>
      flag('ulimit', `${name}=${soft.toString()}:${hard.toString()}`),
    ),
    ...build.cacheFrom.flatMap(from => flag('cache-from', from)),
    ...(recipe.isCacheUsed ? [] : ['--no-cache']),
    ...(recipe.isPulled ? ['--pull'] : []),
  ];
}

const kept = 40;

function failureOf({ service }: LocalBuild, { stdout, stderr }: DockerRun): OsError {
  const lines = `${stdout}\n${stderr}`.split(/\r?\n/).filter(line => line.trim() !== '');
  const isForeign = lines.some(line => line.includes('exec format error'));
  const said = lines.slice(-kept).map(line => `  ${sanitizeLine(line)}`);
  if (lines.some(reportsFullDisk))
    return dockerOutOfSpace([`Docker on this machine has no space to build ${service}:`, ...said].join('\n'));
  return new OsError('build-failed', [`the build of ${service} fails on this machine:`, ...said].join('\n'), {
    ...(isForeign
      ? { hint: 'register an emulator: docker run --privileged --rm tonistiigi/binfmt --install all' }
      : {}),
  });
}

/** A field of the lists that some flags take. */
const csvField = (text: string): string => (/[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** By BuildKit: the context is a directory, of which it reads what changed. The rules are those of a build on a device. */
async function runBuildKit(docker: RunDocker, build: LocalBuild): Promise<DockerRun> {
  const { recipe, service, folder, platform, engine, report, signal } = build;
  const { contextDirectory, dockerfile, secrets } = recipe.build;
  const file = path.join(folder, 'Dockerfile');
  await writeFile(file, dockerfile.text);
  const { ignoreFile } = recipe.context;
  const ownRules = ignoreFile === undefined ? '' : await readFile(ignoreFile, 'utf8');
  await writeFile(`${file}.dockerignore`, withOurRules(ownRules));
  let rest = '';
  return docker(
    [
      ...(engine.builder === 'buildx'
        ? ['buildx', 'build', '--load', '--provenance=false', '--sbom=false']
        : ['build']),
      ...['--progress', 'plain', '--platform', platform, '--file', file],
      ...secrets.flatMap(({ name, file: from }) => [
        '--secret',
        [`id=${name}`, `src=${from}`].map(csvField).join(','),
      ]),
      ...commonFlags(build),
      contextDirectory,
    ],
    {
      env: { ...environmentOf(recipe), [builderVariable]: '1' },
      onOutput(text) {
        const lines = (rest + text).split(/\r?\n/);
        rest = lines.pop() ?? '';
        for (const line of lines)
          if (line.trim() !== '') report({ type: 'build-output', service, text: line });
      },
      signal,
    },
  );
}

/** By the classic builder: the context is the tar that a device would get. */
async function runClassic(docker: RunDocker, build: LocalBuild): Promise<DockerRun> {
  const { recipe, service, report, signal } = build;
  const output = new BuildOutputReader(service, {
    report,
    hiddenSteps: Object.keys(recipe.build.labels).length,
  });
  await using tar = openContext(recipe.context, { signal });
  try {
    return await docker(['build', '--file', recipe.context.dockerfileName, ...commonFlags(build), '-'], {
      env: { ...environmentOf(recipe), [builderVariable]: '0' },
      input: tar.stream,
      onOutput: text => output.read(text),
      signal,
    });
  } finally {
    output.end();
  }
}

/** Builds the image under `build.tag`. Throws OsError `build-failed`, `host-unsuitable`, and `no-space`. */
export async function buildByDocker(docker: RunDocker, build: LocalBuild): Promise<void> {
  const ended = await (build.engine.builder === 'classic' ? runClassic : runBuildKit)(docker, build);
  if (ended.code !== 0) throw failureOf(build, ended);
}
