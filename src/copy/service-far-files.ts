import { MissingPrograms, type FarFiles, type Pack } from './far-files.ts';

/** The files of a running container: by its programs, or by the engine's archives where it lacks those. */
export function serviceFarFiles(byPrograms: FarFiles, byArchives: FarFiles): FarFiles {
  return {
    async read(paths, signal) {
      try {
        return await byPrograms.read(paths, signal);
      } catch (error) {
        if (!(error instanceof MissingPrograms)) throw error;
        return byArchives.read(paths, signal);
      }
    },
    async write(request, pack, signal) {
      let isPacked = false as boolean;
      const packOnce: Pack = form => {
        isPacked = true;
        return pack(form);
      };
      try {
        await byPrograms.write(request, packOnce, signal);
      } catch (error) {
        if (!(error instanceof MissingPrograms) || isPacked) throw error;
        await byArchives.write(request, pack, signal);
      }
    },
  };
}
