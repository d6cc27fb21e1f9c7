import { defineAsyncComponent } from 'vue'
import DefaultTheme from 'vitepress/theme'
import type { Theme } from 'vitepress'
import './site.css'

const theme: Theme = {
  ...DefaultTheme,
  enhanceApp({ app }) {
    app.component(
      'MachinePlay',
      defineAsyncComponent(() => import('./machine/MachinePlay.vue')),
    )
  },
}

// VitePress expects the theme as a default export.
export default theme
