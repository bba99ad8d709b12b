// A plugin that cannot take in mail whose subject says so, for tests of what happens then.
import Type from 'typebox'
import { definePlugin } from '../../core/plugin.ts'

export default definePlugin({
  name: 'poison',
  description: 'Fails at every mail with the subject "poison".',
  config: Type.Object({}),
  setup: () => ({
    intake(_tx, arrival) {
      if (arrival.mail.subject === 'poison') throw new Error('this mail is poison')
      return Promise.resolve({ verdict: 'pass' })
    },
  }),
})
