// An esbuild plugin that leaves out of the bundle what oclif loads but this program never reaches, and answers with the
// smallest thing that does what it does reach. What must not be reached throws: nothing is skipped silently.
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';

const never = name => `
  const refuse = () => { throw new Error(${JSON.stringify(`${name} is left out of the bundle: see scripts/build/lean-oclif.mjs`)}); };
  module.exports = new Proxy(refuse, { get: (_, key) => (key === '__esModule' ? false : refuse) });`;

/** Package → CommonJS text in its place. */
const packages = {
  // Reached only without a manifest, for plugins, TypeScript sources, spinners or .oclifrc: none of them ship.
  'ansi-escapes': never('ansi-escapes'),
  'cli-spinners': never('cli-spinners'),
  lilconfig: never('lilconfig'),
  minimatch: never('minimatch'),
  tinyglobby: never('tinyglobby'),
  typescript: never('typescript'),
  // DEBUG=os:* is our own; oclif's and its dependencies' debugging text is for the makers of oclif.
  debug: 'module.exports = () => () => {};',
  // Help texts use `<%= config.bin %>` and `<%= command.id %>`, nothing else of EJS.
  ejs: `
    exports.render = (text, data) => text.replace(/<%[-=]?\\s*(.*?)\\s*%>/g, (_, expression) => {
      if (!/^\\w+(\\.\\w+)*$/.test(expression)) throw new Error('not in a help text: <%= ' + expression + ' %>');
      return expression.split('.').reduce((value, key) => value[key], data);
    });`,
};

/** File of @oclif/core → CommonJS text in its place. */
const files = {
  '/config/ts-path.js': `
    const { join } = require('node:path');
    exports.tsPath = async (root, file) => file && (file.startsWith(root) ? file : join(root, file));`,
  // oclif asks a PowerShell for the shell's name at every start on Windows; nothing here wants to know it.
  '/util/os.js': `
    const { homedir, platform } = require('node:os');
    exports.getHomeDir = homedir;
    exports.getPlatform = async () => platform();
    exports.getShell = async () => 'unknown';`,
  // Lists what is wrong with arguments, in a message that src/cli/usage-error.ts replaces.
  '/ux/list.js': `
    exports.__esModule = true;
    exports.default = items => items.map(item => item.join('  ')).join('\\n');`,
  // Measures what nobody asks for, with a part of Node.js that takes a millisecond to load.
  '/performance.js': `
    exports.OCLIF_MARKER_OWNER = '@oclif/core';
    exports.Performance = { mark: () => undefined, collect: async () => undefined, debug: () => undefined };`,
  '/ux/action/spinner.js': `module.exports = require('./simple.js');`,
};

/** The ids are ASCII: a collator takes most of ten milliseconds to make. */
const sortIds = text => {
  const plain = text.replace(
    '.sort((a, b) => a.id.localeCompare(b.id))',
    '.sort((a, b) => (a.id < b.id ? -1 : 1))',
  );
  if (plain === text)
    throw new Error('@oclif/core sorts the ids of commands in another way: see scripts/build/lean-oclif.mjs');
  return plain;
};

/** @type {import('esbuild').Plugin} */
export const leanOclif = {
  name: 'lean-oclif',
  setup(build) {
    const exact = names => new RegExp(`^(${names.join('|')})$`);
    build.onResolve({ filter: exact(['@oclif/core']) }, () => ({
      path: fileURLToPath(new URL('oclif-core.js', import.meta.url)),
    }));
    build.onResolve({ filter: exact(Object.keys(packages)) }, ({ path, importer }) =>
      importer.includes('@oclif') ? { path, namespace: 'left-out' } : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: 'left-out' }, ({ path }) => ({
      contents: packages[path],
      loader: 'js',
    }));
    build.onLoad(
      {
        filter:
          /@oclif[/\\]core[/\\]lib[/\\](config[/\\]ts-path|performance|util[/\\]os|ux[/\\]list|ux[/\\]action[/\\]spinner)\.js$/,
      },
      ({ path }) => {
        const key = Object.keys(files).find(file => path.replaceAll('\\', '/').endsWith(file));
        return { contents: files[key], loader: 'js' };
      },
    );
    build.onLoad({ filter: /@oclif[/\\]core[/\\]lib[/\\]config[/\\]plugin\.js$/ }, ({ path }) => ({
      contents: sortIds(fs.readFileSync(path, 'utf8')),
      loader: 'js',
    }));
  },
};
