import { itKeepsTheHostFilesContract } from '../../support/host-files-contract.ts';
import { memoryHostFiles } from '../../support/memory-host-files.ts';

describe('host files in memory', () => {
  itKeepsTheHostFilesContract(async () =>
    Promise.resolve({
      files: memoryHostFiles(),
      directory: '/mnt/boot/contract',
      keepsModes: true,
      [Symbol.asyncDispose]: () => Promise.resolve(),
    }),
  );
});
