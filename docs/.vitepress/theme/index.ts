import DefaultTheme from 'vitepress/theme'
import './site.css'

// VitePress expects the theme as a default export.
export default DefaultTheme
