// Short words that are easy to say and hard to mistake, for two people who make sure that their line is theirs alone.

const ENGLISH =
  "apple arrow baby bag ball banana basket beach bear bed bell bike bird blue boat book bottle bowl box bread bridge " +
  "broom brown bus butter button cake camel candle car carpet carrot castle cat chair cheese chicken circle clock cloud " +
  "coat coffee comb corn cotton cow cup curtain desk dog doll door dragon dress drum duck eagle egg elbow fan farm " +
  "feather fish flag flower fork fox frog garden gate ghost glass glove goat gold grape grass green guitar hammer hand " +
  "hat heart honey horse hotel house island jacket jelly juice kettle key king kitchen kite ladder lake lamp leaf lemon " +
  "letter lion lizard magnet mango map milk mirror money monkey moon mountain mouse music needle nest night nurse ocean " +
  "onion orange paint paper";
const SPANISH =
  "abeja abrigo aceite agua aguja ajo ala almohada amigo anillo árbol arena arroz avión azúcar azul balcón banco baño " +
  "barco barro bigote blusa boca bolsa bosque botella botón brazo burro caballo cabra café caja calle cama camino " +
  "camisa campana campo canción caña carro carta casa cebolla cereza cielo cocina codo comida conejo copa corazón " +
  "corona cuchara cuento dado dedo diente disco dulce elefante espejo estrella falda faro flauta flor fresa fuego " +
  "gallina gato globo gorra guante guitarra helado hermano hilo hoja hormiga hotel huevo iglesia isla jabón jardín " +
  "jarra jirafa jugo lago lámpara lana lápiz leche león letra libro limón llave lluvia lobo luna madera maíz maleta " +
  "mango mano manzana mapa mar mariposa martillo mesa miel montaña mono nido nieve";
const LISTS = { en: ENGLISH.split(" "), es: SPANISH.split(" ") };

// Two words of the visit's own language from a hash in hexadecimal.
export function secretWords(hex, language) {
  const list = LISTS[language] ?? LISTS.en;
  return [0, 8].map((start) => list[parseInt(hex.slice(start, start + 8), 16) % list.length]).join(" ");
}
