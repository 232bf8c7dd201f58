import fs from 'node:fs';
import path from 'node:path';
import js from '@eslint/js';
import tseslint from 'typescript-eslint';

const restricted = [
  {
    selector: 'MemberExpression[object.name="Promise"][property.name="race"]',
    message: 'Abandoned work leaks: abort it with a signal.',
  },
  {
    selector: 'CallExpression[callee.object.name="process"][callee.property.name="exit"]',
    message: 'Set process.exitCode and let the process end.',
  },
];

/** A reader takes in about a dozen names at a glance; past `max` files a folder holds more than one subject. */
const folderSize = {
  meta: { type: 'suggestion', schema: [{ type: 'object', properties: { max: { type: 'integer' } } }] },
  create: context => ({
    Program(node) {
      const folder = path.dirname(context.filename);
      const count = fs.readdirSync(folder, { withFileTypes: true }).filter(entry => entry.isFile()).length;
      const { max } = context.options[0];
      if (count <= max) return;
      const message = `The folder ${path.basename(folder)}/ holds ${count} files, more than ${max}: give a subject its own folder.`;
      context.report({ node, message });
    },
  }),
};

export default tseslint.config(
  { ignores: ['dist', 'coverage', 'node_modules', '.dependency-cruiser.cjs'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // `await using _held` keeps a thing for the rest of its block without naming it again.
      '@typescript-eslint/no-unused-vars': ['error', { varsIgnorePattern: '^_' }],
      // noPropertyAccessFromIndexSignature wants process.env['X']
      '@typescript-eslint/dot-notation': 'off',
      'no-restricted-syntax': ['error', ...restricted],
      'no-restricted-globals': ['error', { name: 'console', message: 'Write through Output.' }],
      'max-lines': ['error', { max: 300 }],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/commands/**'],
    plugins: { house: { rules: { 'folder-size': folderSize } } },
    rules: {
      'house/folder-size': ['error', { max: 20 }],
      'no-restricted-syntax': [
        'error',
        ...restricted,
        {
          selector: 'ObjectExpression > SpreadElement > ObjectExpression',
          message: 'Write the members themselves, one a line.',
        },
        {
          selector: 'TSPropertySignature:not([readonly=true])',
          message:
            'Write `readonly`; a record that one module changes in place is a `Mutable<…>` of core/mutable.ts.',
        },
        { selector: 'ExportDefaultDeclaration', message: 'Only commands have a default export: name it.' },
      ],
    },
  },
  {
    // src/ssh calls a process on a device `process`, too.
    files: ['src/**/*.ts'],
    ignores: ['src/cli/**', 'src/commands/**', 'src/ssh/**'],
    rules: {
      'no-restricted-properties': [
        'error',
        ...['stdin', 'stdout', 'stderr', 'exitCode', 'argv'].map(property => ({
          object: 'process',
          property,
          message: 'The process is the business of src/cli: take what you need as an argument.',
        })),
      ],
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unused-expressions': 'off',
      '@typescript-eslint/no-floating-promises': 'error',
    },
  },
  {
    files: ['test/unit/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: ['**/core/clock.ts'],
              importNames: ['systemClock'],
              message: 'A unit test waits for nothing: use ManualClock.',
            },
            {
              group: ['**/support/eventually.ts'],
              message: 'A unit test waits for nothing: use ManualClock or passTime.',
            },
            {
              group: ['timers/promises', 'node:timers/promises'],
              importNames: ['setTimeout'],
              message: 'A unit test waits for nothing: use ManualClock or passTime.',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['**/*.{js,mjs,cjs}'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        performance: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
        Buffer: 'readonly',
        require: 'readonly',
        module: 'writable',
      },
    },
  },
);
