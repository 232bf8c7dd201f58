// An esbuild plugin that leaves out of the bundle what dockerode loads but this program never reaches: BuildKit sessions
// (gRPC and protobuf, which no device's engine speaks), its own SSH and its own build contexts. What must not be reached throws.

const never = name => `
  const refuse = () => { throw new Error(${JSON.stringify(`${name} is left out of the bundle: see scripts/build/lean-dockerode.mjs`)}); };
  module.exports = refuse;`;

/** Module as dockerode or docker-modem asks for it → CommonJS text in its place. */
const modules = {
  // TLS takes milliseconds to load, and no engine of a device speaks it. Redirects are not followed: see socket-agent.ts.
  './http': `exports.http = require('node:http');`,
  './session': never('dockerode/lib/session'),
  './buildkit': never('dockerode/lib/buildkit'),
  './ssh': never('docker-modem/lib/ssh'),
  '@balena/dockerignore': never('@balena/dockerignore'),
  'tar-fs': never('tar-fs'),
  'split-ca': never('split-ca'),
  debug: 'module.exports = () => () => {};',
  'readable-stream': `module.exports = require('node:stream');`,
};

/** @type {import('esbuild').Plugin} */
export const leanDockerode = {
  name: 'lean-dockerode',
  setup(build) {
    const escaped = Object.keys(modules).map(name => name.replace(/[.]/g, '\\$&'));
    build.onResolve({ filter: new RegExp(`^(${escaped.join('|')})$`) }, ({ path, importer }) =>
      /node_modules[/\\](dockerode|docker-modem)[/\\]/.test(importer)
        ? { path, namespace: 'left-out-of-dockerode' }
        : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: 'left-out-of-dockerode' }, ({ path }) => ({
      contents: modules[path],
      loader: 'js',
    }));
  },
};
