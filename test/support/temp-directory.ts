import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A new empty directory, removed with all it holds when disposed. */
export async function openTempDirectory(): Promise<AsyncDisposable & { readonly path: string }> {
  const directory = await mkdtemp(path.join(tmpdir(), 'os-test-'));
  return { path: directory, [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }) };
}

/** For a mocha group: a directory of its own for each test. */
export function useTempDirectory(): () => string {
  let directory: Awaited<ReturnType<typeof openTempDirectory>> | undefined;
  beforeEach(async () => {
    directory = await openTempDirectory();
  });
  afterEach(() => directory?.[Symbol.asyncDispose]());
  return () => directory?.path ?? '';
}
