// The rules that a machine can see in one file. Those between files (layers, circles) stand in .dependency-cruiser.mjs.
import jsdoc from 'eslint-plugin-jsdoc'
import tseslint from 'typescript-eslint'

/** Only base/clock.ts names the wall clock and the timers, so that a test can hold the time in its hand. */
const clockOnly = [
  { selector: "MemberExpression[object.name='Date'][property.name='now']", message: 'Take the time from base/clock.ts.' },
  { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'Take the time from base/clock.ts.' },
  { selector: 'CallExpression[callee.name=/^(setTimeout|setInterval)$/]', message: 'Take timers from base/clock.ts.' },
]

/** Each element becomes an argument on the stack: about a hundred thousand of them end the process. */
const noSpreadArguments = [
  {
    selector:
      'CallExpression[callee.property.name=/^(push|unshift|splice|concat|max|min|fromCharCode|fromCodePoint)$/] > SpreadElement.arguments',
    message: 'A list of any length must not become arguments: take a loop, reduce, or an array literal.',
  },
]

/** Queries stand in core/store and in the tables and store files of a plugin, where they can be found, named and tested. */
const noQueries = [
  {
    selector: 'CallExpression[callee.property.name=/^(selectFrom|insertInto|updateTable|deleteFrom|replaceInto|mergeInto)$/]',
    message: "Queries stand in core/store, or in a plugin's tables.ts, store.ts or *-store.ts.",
  },
  {
    selector: "TaggedTemplateExpression[tag.name='sql']",
    message: "SQL stands in core/store, or in a plugin's tables.ts, store.ts or *-store.ts.",
  },
]

/** Folders in which every export says what it promises: shapes, units, errors, and the source where there is one. */
const documented = {
  files: ['core/**/*.ts', 'plugins/**/*.ts', 'examples/**/*.ts'],
  ignores: ['core/mail/**'],
  plugins: { jsdoc },
  rules: {
    'jsdoc/require-jsdoc': [
      'error',
      {
        // An empty comment written by a machine promises nothing.
        enableFixer: false,
        require: { FunctionDeclaration: false },
        contexts: ['ExportNamedDeclaration[declaration.type=/^(Function|Class|TSInterface|TSTypeAlias|Variable)/]'],
      },
    ],
  },
}

export default tseslint.config(
  { ignores: ['node_modules', 'data', 'dist'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommended],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'no-control-regex': 'off',
      eqeqeq: 'error',
      'max-lines': ['error', { max: 400, skipBlankLines: true }],
    },
  },
  {
    files: ['core/**/*.ts', 'plugins/**/*.ts'],
    ignores: ['core/base/clock.ts'],
    rules: { 'no-restricted-syntax': ['error', ...clockOnly, ...noSpreadArguments, ...noQueries] },
  },
  {
    files: ['core/store/**/*.ts', 'plugins/**/tables.ts', 'plugins/**/store.ts', 'plugins/**/*-store.ts'],
    rules: { 'no-restricted-syntax': ['error', ...clockOnly, ...noSpreadArguments] },
  },
  documented,
)
