import path from 'node:path';
import { OsError } from '../../core/errors.ts';
import { readFileIfPresent } from '../../state/atomic-file.ts';
import type { Build } from '../build.ts';
import { Problems } from '../problem.ts';
import { sortEntries, type ContextEntry } from './entry.ts';
import { readGitExecutables } from './git-modes.ts';
import { readIgnoreFile } from './ignore/ignore-file.ts';
import { cannotRead } from './read-failure.ts';
import { listContext, type ContextListing } from './list-context.ts';

const dockerignore = '.dockerignore';

export interface BuildContext extends ContextListing {
  /** Path of the Dockerfile in the tar, for the engine. */
  readonly dockerfileName: string;
  /** The ignore file that was followed. */
  readonly ignoreFile: string | undefined;
}

export interface BuildContextOptions {
  readonly platform?: NodeJS.Platform;
  /** Converts CRLF to LF in text files. Default: only on Windows. */
  readonly convertsLineEndings?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * Lists the files that `build` sends to the engine. A Dockerfile that is not a file of the context is sent under a
 * generated name, which the ignore file then names, so that the engine keeps it out of COPY (as the docker command
 * does). Throws OsError `project-invalid` when the ignore file or the context cannot be read.
 */
export async function listBuildContext(
  build: Build,
  {
    platform = process.platform,
    convertsLineEndings = platform === 'win32',
    signal,
  }: BuildContextOptions = {},
): Promise<BuildContext> {
  const { contextDirectory, dockerfile } = build;
  const problems = new Problems();
  const ownFile = dockerfile.kind === 'inline' ? undefined : dockerfile.file;
  const { file: ignoreFile, rules } = await readIgnoreFile(contextDirectory, ownFile, problems);
  problems.throwIfAny(contextDirectory);
  const isRootFile = ignoreFile === path.join(contextDirectory, dockerignore);
  // The engine itself removes an ignored Dockerfile, but it knows of the root's ignore file alone.
  const name = dockerfile.nameInContext;
  const isSentAsItIs = name !== undefined && (isRootFile || !rules.isIgnored(name));
  const executables = platform === 'win32' ? await readGitExecutables(contextDirectory, signal) : undefined;
  const listing = await listContext(contextDirectory, {
    rules,
    convertsLineEndings,
    always: [...(isSentAsItIs ? [name] : []), ...(isRootFile ? [dockerignore] : [])],
    ...(executables ? { isExecutable: (file: string) => executables.has(file) } : {}),
    ...(signal ? { signal } : {}),
  });
  if (isSentAsItIs) return { ...listing, dockerfileName: name, ignoreFile };
  const original = rules.isIgnored(dockerignore)
    ? undefined
    : await readFileIfPresent(path.join(contextDirectory, dockerignore)).catch((error: unknown) => {
        throw error instanceof OsError ? error : cannotRead(dockerignore, error);
      });
  return { ...addDockerfile(listing, dockerfile.text, original), ignoreFile };
}

/** Adds the Dockerfile under an unused name, and lists that name in the ignore file. */
function addDockerfile(
  listing: ContextListing,
  text: string,
  ignoreText: string | undefined,
): ContextListing & { readonly dockerfileName: string } {
  const taken = new Set(listing.entries.map(entry => entry.name));
  let dockerfileName = '.os.Dockerfile';
  for (let i = 1; taken.has(dockerfileName); i++) dockerfileName = `.os-${i.toString()}.Dockerfile`;
  const ignored = `${ignoreText ?? dockerignore}\n${dockerfileName}\n`;
  const entries = sortEntries([
    ...listing.entries.filter(({ name }) => name !== dockerignore),
    inMemory(dockerfileName, text),
    inMemory(dockerignore, ignored),
  ]);
  const sizeBytes = entries.reduce((sum, entry) => sum + (entry.type === 'file' ? entry.sizeBytes : 0), 0);
  return { ...listing, entries, sizeBytes, dockerfileName };
}

function inMemory(name: string, text: string): ContextEntry {
  const content = Buffer.from(text);
  return { type: 'file', name, isExecutable: false, sizeBytes: content.length, source: { content } };
}
