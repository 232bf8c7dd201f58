// `os scan` as a process of its own, from the sources: a process cannot move into a namespace.
import Scan from '../../src/commands/scan.ts';

await Scan.run(process.argv.slice(2), import.meta.url);
