/** Looks at the files of an image, through a container that is never started. */
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { OsError, type ErrorCode } from '../../../core/errors.ts';
import type { Engine } from '../../../engine/engine.ts';
import type { FoundPath } from '../../../engine/objects.ts';
import { ourLabels } from '../../desired/labels.ts';
import type { DirectoryMode } from './layer.ts';

export type LookingEngine = Pick<Engine, 'createContainer' | 'getArchive' | 'removeContainer' | 'statPath'>;

export interface ImageFiles extends AsyncDisposable {
  /** Follows links on the way, but not the last one. Undefined if nothing exists there. */
  stat(at: string): Promise<FoundPath | undefined>;
  /** Mode of a directory. */
  readMode(at: string): Promise<DirectoryMode | undefined>;
}

export async function openImageFiles(
  engine: LookingEngine,
  {
    image,
    project,
    signal,
  }: { readonly image: string; readonly project: string; readonly signal: AbortSignal },
): Promise<ImageFiles> {
  const id = await engine.createContainer(`os-look-${randomBytes(8).toString('hex')}`, {
    Image: image,
    Entrypoint: ['never-started'],
    Labels: { [ourLabels.made]: '1', [ourLabels.look]: project },
    HostConfig: { NetworkMode: 'none' },
  });
  return {
    stat: at => engine.statPath(id, at, signal),
    readMode: at => readMode(engine, { id, at, signal }),
    [Symbol.asyncDispose]: () => engine.removeContainer(id, { volumes: true }).catch(unlessLost),
  };
}

/** The next push removes the container; the lost connection is the error to report, by whatever asked something first. */
function unlessLost(error: unknown): void {
  if (!(error instanceof OsError) || !lossCodes.includes(error.code)) throw error;
}

const lossCodes: readonly ErrorCode[] = ['connection-lost', 'device-unreachable'];

/** The engine answers with the whole directory: only its first header is read. */
async function readMode(
  engine: LookingEngine,
  { id, at, signal }: { readonly id: string; readonly at: string; readonly signal: AbortSignal },
): Promise<DirectoryMode | undefined> {
  const archive = await engine.getArchive(id, at, signal);
  const { extract } = (await import('tar-stream')).default;
  const reader = extract();
  archive.on('error', error => reader.destroy(error));
  archive.pipe(reader);
  try {
    for await (const { header } of reader) {
      const { name, type, mode, uid, gid } = header;
      const isSame = name.replace(/\/$/, '') === path.posix.basename(at);
      return type === 'directory' && isSame ? { mode, uid, gid } : undefined;
    }
    return undefined;
  } finally {
    archive.destroy();
    reader.destroy();
  }
}
