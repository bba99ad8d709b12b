// The linter holds the layer rule (imports point down only) and the rules of the house that a machine can see.
import tseslint from 'typescript-eslint'

/** Layers from the bottom up; a layer may import itself and what stands before it. */
const layers = ['base', 'mail', 'store', 'engine', 'edge']
const above = (layer) => [...layers.slice(layers.indexOf(layer) + 1).map((l) => `**/${l}/**`), '**/plugins/**', '**/main.ts']

const layerRules = layers.map((layer) => ({
  files: [`core/${layer}/**/*.ts`],
  rules: {
    'no-restricted-imports': [
      'error',
      { patterns: [{ group: above(layer), message: `core/${layer} may not import from a layer above it.` }] },
    ],
  },
}))

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

export default tseslint.config(
  { ignores: ['node_modules', 'data'] },
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
    rules: { 'no-restricted-syntax': ['error', ...clockOnly, ...noSpreadArguments] },
  },
  ...layerRules,
  {
    files: ['plugins/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: ['**/core/base/**', '**/core/mail/**', '**/core/store/**', '**/core/engine/**', '**/core/edge/**', '**/main.ts'],
              message: 'A plugin imports core/plugin.ts only.',
            },
          ],
        },
      ],
    },
  },
)
