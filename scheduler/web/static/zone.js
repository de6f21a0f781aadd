// Tells the server in which time zone the reader is, once: the next page then shows the reader's own time beside the
// clinic's. Whoever has chosen a zone keeps it; without scripts there is a list to choose from.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && !document.cookie.split("; ").some((cookie) => cookie.startsWith("zone="))) {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `zone=${encodeURIComponent(zone)}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
}
