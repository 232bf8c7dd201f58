import { stat } from 'node:fs/promises';
import type { Build, BuildPlace, Dockerfile } from '../../build.ts';
import { checkClassicBuilder, placesIn } from '../../dockerfile/check-classic.ts';
import type { TemplateContext } from '../../dockerfile/expand-template.ts';
import { findBaseImages } from '../../dockerfile/evaluate/base-images.ts';
import { evaluateDockerfile } from '../../dockerfile/evaluate/evaluate-dockerfile.ts';
import { isSameImage } from '../../image-reference.ts';
import { parseDockerfile } from '../../dockerfile/parse/parse-dockerfile.ts';
import { readDockerfile } from '../../dockerfile/read-dockerfile.ts';
import { localPath } from '../../local-path.ts';
import type { Cursor } from '../../yaml/cursor.ts';
import type { Lookup } from '../../variables/substitute.ts';
import { readExtraHosts } from './container/read-networking.ts';
import { readUlimits } from './container/read-resources.ts';

export interface BuildOptions {
  readonly template: TemplateContext;
  readonly lookup: Lookup;
  /** Added to the file's own. */
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly place: BuildPlace;
  /** Of the service: its image is built for it, unless "platforms" says so. */
  readonly platform?: string | undefined;
  /** `image` of the service: the name that the result gets. */
  readonly image?: Cursor | undefined;
}

/** Reads `build`, with its Dockerfile. Undefined without one, or with a problem. */
export async function readBuild(build: Cursor, options: BuildOptions): Promise<Build | undefined> {
  if (!build.isPresent) return undefined;
  const context = build.isMapping ? build.at('context') : build;
  const contextDirectory = await readContextDirectory(context);
  if (contextDirectory === undefined) return undefined;
  const args: Record<string, string | null> = {
    ...readArgs(build.at('args'), options.lookup),
    ...options.buildArgs,
  };
  const dockerfile = await readBuildDockerfile(build, contextDirectory, options.template);
  if (dockerfile === undefined) return undefined;
  const parsed = parseDockerfile(dockerfile.text);
  const { place } = options;
  checkClassicBuilder(parsed, { placeAt: placesIn(dockerfile), buildArgs: args, place }, build.problems);
  const base = findBaseImages(evaluateDockerfile(parsed, { buildArgs: args }));
  const name = options.image?.text();
  if (name !== undefined && base.some(it => isSameImage(it, name)))
    options.image?.warn(
      `${name} is also what the Dockerfile starts from: the build replaces it on the device, and the next build starts from the result`,
    );
  const target = build.at('target');
  const targetName = target.text();
  const stageNames = parsed.stages.map(({ name }, i) => name ?? i.toString());
  if (
    targetName !== undefined &&
    !stageNames.includes(targetName.toLowerCase()) &&
    !(Number(targetName) < stageNames.length)
  )
    target.fail(`the Dockerfile has no stage ${JSON.stringify(targetName)}; it has ${stageNames.join(', ')}`);
  return {
    place,
    contextDirectory,
    dockerfile,
    args,
    target: targetName,
    labels: build.at('labels').record(),
    network: build.at('network').text(),
    cacheFrom: build.at('cache_from').texts(),
    extraHosts: readExtraHosts(build.at('extra_hosts')),
    shmSizeBytes: build.at('shm_size').bytes(),
    ulimits: readUlimits(build.at('ulimits')),
    tags: build.at('tags').texts(),
    platform: build.at('platforms').texts()[0] ?? options.platform,
    isNoCache: build.at('no_cache').bool() ?? false,
    isPull: build.at('pull').bool() ?? false,
    secrets: [],
  };
}

async function readContextDirectory(context: Cursor): Promise<string | undefined> {
  const text = context.text() ?? '.';
  if (/^(?:https?|git|ssh):\/\/|^git@|^github\.com\//.test(text)) {
    context.fail(`${text} is on the network: clone it, and build the directory`);
    return undefined;
  }
  const directory = localPath(context.place.baseDirectory, text);
  const isDirectory = await stat(directory).then(
    it => it.isDirectory(),
    () => false,
  );
  return context.expect(isDirectory ? directory : undefined, `there is no directory ${directory}`);
}

/** A name without a value takes the user's; without one it is the Dockerfile's default. */
function readArgs(args: Cursor, lookup: Lookup): Record<string, string | null> {
  return Object.fromEntries([...args.keyed()].map(([name, value]) => [name, value ?? lookup(name) ?? null]));
}

async function readBuildDockerfile(
  build: Cursor,
  contextDirectory: string,
  template: TemplateContext,
): Promise<Dockerfile | undefined> {
  const inline = build.at('dockerfile_inline');
  const named = build.at('dockerfile');
  if (inline.isPresent) {
    if (named.isPresent) inline.fail('excludes "dockerfile": write one of them');
    const { file, line } = inline.place;
    // An inline Dockerfile begins in the line below its key.
    return {
      file,
      lineBefore: line,
      nameInContext: undefined,
      text: inline.text() ?? '',
      kind: 'inline',
    };
  }
  const written = named.isPresent ? named : build;
  const request = { contextDirectory, name: named.text() ?? 'Dockerfile', template };
  return readDockerfile({ ...request, place: written.place, subject: written.subject }, build.problems);
}
