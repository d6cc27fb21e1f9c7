import DefaultTheme from 'vitepress/theme'
import type { Theme } from 'vitepress'
import MachinePlay from './machine/MachinePlay.vue'
import './site.css'

const theme: Theme = {
  ...DefaultTheme,
  enhanceApp({ app }) {
    app.component('MachinePlay', MachinePlay)
  },
}

// VitePress expects the theme as a default export.
export default theme
