export default { telemetry: false, compatibilityDate: '2026-07-01', typescript: { typeCheck: false } }
