// Words of rules on watch, for people: refusals, the daily mail, and the page of its link.
import { defineMessages } from '../../../core/plugin.ts'

/** The texts in English and Russian, by key. */
export const texts = {
  en: {
    no_rule: 'there is no rule "{name}"',
    other_text: 'the rule "{name}" is written in another way by now, and is on watch again',
    'daily.subject': 'Rules on watch: what they would have done',
    'daily.intro':
      'These rules of Postern ({instance}) are on watch: it was decided what they would do, and nothing was done. In the last 24 hours:',
    'daily.rule': '{name} would have fired {times} in {cases}.',
    'daily.action': '{action}: {count}',
    'daily.refused': '{action}: {count} (refused {refused}: {why})',
    'daily.people': 'Of these cases, people have set the status of {changed} since then in another way than the rule would have.',
    'daily.cases': 'Cases: {list}',
    'daily.link': 'Look at it, and make it live: {url}',
    'daily.see': 'All of it, with the values of the conditions: postern rules watched "{name}"',
    'times.one': 'once',
    'times.many': '{n} times',
    'cases.one': '1 case',
    'cases.many': '{n} cases',
    'page.title': 'Make the rule "{name}" live',
    'page.effect': 'From now on it acts. When its text changes, it is on watch again; `postern rules watch "{name}"` puts it back at once.',
    'page.live': 'The rule "{name}" is live',
    'page.button': 'Make it live',
    'page.gone': 'This link is not good any more',
    'page.gone_why': 'It has expired, or the rule is written in another way by now. The next daily mail has a new one.',
  },
  ru: {
    no_rule: 'правила «{name}» нет',
    other_text: 'правило «{name}» с тех пор изменено и снова под наблюдением',
    'daily.subject': 'Правила под наблюдением: что они сделали бы',
    'daily.intro':
      'Эти правила Postern ({instance}) под наблюдением: решалось, что они сделали бы, но ничего не делалось. За последние 24 часа:',
    'daily.rule': '{name}: сработало бы {times} ({cases}).',
    'daily.action': '{action}: {count}',
    'daily.refused': '{action}: {count} (отказано {refused}: {why})',
    'daily.people': 'Из этих обращений {changed} люди с тех пор перевели в другой статус, чем перевело бы правило.',
    'daily.cases': 'Обращения: {list}',
    'daily.link': 'Посмотреть и включить: {url}',
    'daily.see': 'Всё, со значениями условий: postern rules watched "{name}"',
    'times.one': 'один раз',
    'times.many': 'раз: {n}',
    'cases.one': '1 обращение',
    'cases.many': 'обращений: {n}',
    'page.title': 'Включить правило «{name}»',
    'page.effect':
      'С этого момента оно действует. Если его текст изменится, оно снова окажется под наблюдением; `postern rules watch "{name}"` вернёт его под наблюдение сразу.',
    'page.live': 'Правило «{name}» включено',
    'page.button': 'Включить',
    'page.gone': 'Эта ссылка больше не действует',
    'page.gone_why': 'Её срок вышел, или правило с тех пор изменено. В следующем ежедневном письме будет новая.',
  },
} as const

/** The text of a key in a language, with its values filled in. */
export const say = defineMessages(texts)
