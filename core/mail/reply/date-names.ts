// The names of months and weekdays in about ninety languages, full and short, in every case that dates use.
//
// From the Unicode CLDR (as `Intl.DateTimeFormat` gives them, stand-alone and beside a day), with the spellings that mail programs
// use besides. Lower case, without the trailing dot; compared whole, for the first letters of a month are those of other words too.

/** Month names. */
export const MONTHS: readonly string[] = `
  abe abendua abr abriil abril abrëll abu abuztua ag aga agasti ago agost agosti agosto agu agustus aib aibreán août api apirila apr aprel
  april aprile aprili aprilie aprill aprilo apríl apríla aprīlis ara aralık aug august augusta augusti augusts augustus augusztus avg avgust
  avq avqust avr avrigl avril avust awg awgust awst aza azaroa ağu ağustos aŭg aŭgusto bal balandis balandžio beal bealtaine birž birželio
  birželis bře březen března chw chwef chwefror cze czerwca czerwiec dec decembar december decembra decembrie decembris decembro dek dekabr
  des desemba desember desembre dets detsember dez dezember dezembro dfómh dhj dhjetor dic dicembre diciembre dis diseembar disemba disember
  disyembre dub duben dubna déc décembre d’abr d’abril d’ag d’agost d’avrigl d’avust d’oct d’october d’octubre ean eanáir ebr ebrill eka
  ekaina eki ekim elo elok elokuu elokuuta ene enero eph ephreli eyl eylül fan fanadur favr favrer feabh feabhra feb febbraio febr febraayo
  febreiro febrer febrero februar februari februarie februaro february februwari február februára februāris febrúar fev fevereiro fevral few
  fewral févr février geg gegužė gegužės gen gener gennaio giu giugno gor gorff gorffennaf gru grudnia grudzień gruod gruodis gruodžio gush
  gusht haz haziran heinä heinäk heinäkuu heinäkuuta helmi helmik helmikuu helmikuuta huhti huhtik huhtikuu huhtikuuta hul hulyo hun hunyo hyd
  hydref ian ianuarie ion ionawr ira iraila iul iulie iun iunie iyl iyn iyul iyun iúil iýul iýun jaan jaanuar jan janaayo janar janeiro
  jannaayo januar januari januarie januaro january januwari január januára janv janvier janvāris janúar joulu jouluk joulukuu joulukuuta juil
  juill juillet juin jul julai julayi julho juli julie julij julio juliol july jun june junho juni junie junij junio juny juuli juun juuni jän
  jänner júl júla július júlí jún júna június júní jūl jūlijs jūn jūnijs kas kasım kesä kesäk kesäkuu kesäkuuta kol kolovoz kolovoza korr
  korrik kov kovas kovo kvě květen května kwi kwiecień kwietnia lapkr lapkritis lapkričio led leden ledna liep liepa liepos lip lipanj lipca
  lipiec lipnja lis listopad listopada listopadu loka lokak lokakuu lokakuuta lug luglio lul lut lutego luty luulyo lún lúnasa maalis maalisk
  maaliskuu maaliskuuta maarso maart maayo mac machi maerz mag maggio mai maiatza maig maijs maio maj maja majo mar marca march marec maret
  marras marrask marraskuu marraskuuta mars marso mart martie marto marts martxoa marzec marzo març março mas mashi matg maw mawrth may mayo
  mayıs maí maý medi mee meh mehefin mei meith meitheamh mey meyi mfómh mrt máj mája május márc március márta mäe mäerz mär märts märz nis
  nisan nob nobyembre nof noiembrie noll nollaig noofeembar nov novemba novembar november novembra novembre novembris novembro noviembre noy
  noyabr noý noýabr nën nëntor nóv nóvember oca ocak oct october octobre octombrie octubre ogo ogos ogosto ogs okt oktabr okthoba oktoba
  oktobar oktober oktobris oktobro oktoobar oktoober oktubre oktyabr október októbra oktýabr ots otsaila ott ottobre out outubro ožu ožujak
  ožujka paź październik października peb pebrero pri prill prosinac prosinca prosince prosinec qer qershor rhag rhagfyr rugp rugpjūtis
  rugpjūčio rugs rugsėjis rugsėjo ruj rujan rujna samh samhain saus sausio sausis schan schaner seb sebteembar sebtembar sen sentabr sentyabr
  sentýabr sep sept septemba septembar september septembra septembre septembrie septembris septembro septhemba septiembre set setembre
  setembro sett settember settembre setyembre shk shkurt sht shtator sie sierpień sierpnia sij siječanj siječnja spal spalio spalis srp srpanj
  srpen srpna srpnja stu studeni studenoga sty styczeń stycznia svi svibanj svibnja syys syysk syyskuu syyskuuta szept szeptember tach
  tachwedd tammi tammik tammikuu tammikuuta tem temmuz tet tetor touko toukok toukokuu toukokuuta tra travanj travnja urr urria urt urtarrila
  uzt uztaila vas vasario vasaris veebr veebruar velj veljača veljače wrz wrzesień września xan xaneiro xul xullo xuño yan yanvar zercl
  zercladur zář září ágú ágúst ápr április úno únor února ýan ýanwar červen července červenec června čvc čvn říj říjen října şub şubat απρ
  απριλίου αυγ αυγούστου δεκ δεκεμβρίου ιαν ιανουαρίου ιουλ ιουλίου ιουν ιουνίου μαΐ μαΐου μαρ μαρτίου νοε νοεμβρίου οκτ οκτωβρίου σεπ
  σεπτεμβρίου φεβ φεβρουαρίου авг август августа апр апрел апрель апреля април ауг аугуст ақп ақпан бер березень березня вер верасень верасня
  вересень вересня груд грудень грудня гыйн гыйнвар дек декабр декабрь декабря декември дец децембар жел желтоқсан жні жнівень жніўня жовт
  жовтень жовтня июл июль июля июн июнь июня кас кастрычнік кастрычніка квіт квітень квітня кра красавік красавіка лип липень липня лист
  листопад листопада лют лютага лютий лютого люты ліп ліпень ліпеня ліс лістапад лістапада май мамыр мар март марта мау маусым мая мај нау
  наурыз нов новембар ное ноември ноя нояб ноябр ноябрь ноября окт окто октобар октомври октябр октябрь октября сак сакавік сакавіка сен сент
  сентябр сентябрь сентября сеп септ септембар септември серп серпень серпня сне снежань снежня сту студзень студзеня січ січень січня сәу
  сәуір там тамыз трав травень травня феб фебруар фев февр феврал февраль февраля февруари черв червень червня чэр чэрвень чэрвеня шіл шілде
  юли юни янв январ январь января яну януари јан јануар јануари јул јули јун јуна јуни қаз қазан қар қараша қаң қаңтар қыр қыркүйек ապր ապրիլ
  ապրիլի դեկ դեկտեմբեր դեկտեմբերի հլս հնս հնվ հոկ հոկտեմբեր հոկտեմբերի հուլիս հուլիսի հունիս հունիսի հունվար հունվարի մայիս մայիսի մարտ մարտի
  մյս մրտ նոյ նոյեմբեր նոյեմբերի սեպ սեպտեմբեր սեպտեմբերի փետրվար փետրվարի փտվ օգոստոս օգոստոսի օգս אוג אוגוסט אוק אוקטובר אפר אפריל דצמ דצמבר
  יול יולי יונ יוני ינו ינואר מאי מרץ נוב נובמבר ספט ספטמבר פבר פברואר آوریل أبريل أغسطس أكتوبر ئاپرېل ئاۋغۇست ئىيۇل ئىيۇن ئۆكتەبىر اوت اپریل
  اکتبر اکتوبر اګست اگست جنوري جنوری جولائی جولای جون دجنبر دسامبر دسمبر ديسمبر دېكابىر سبتمبر ستمبر سپتامبر سپتمبر سېنتەبىر سېپتمبر شتنبر غشت
  فبراير فبروري فروری فوریه فېبروري فېۋرال مئی مارت مارس مارچ ماي مايو مه مۍ نوامبر نوفمبر نومبر نونبر نويابىر يانۋار يناير يوليو يوليوز يونيو
  ژانویه ژوئن ژوئیه अक्टूबर अक्टू॰ अक्टोबर अगस्ट अगस्त अग॰ अप्रिल अप्रैल एप्रि एप्रिल ऑक्टो ऑक्टोबर ऑग ऑगस्ट जनवरी जन॰ जाने जानेवारी जुन जुलाई
  जुलै जुल॰ जून डिसें डिसेंबर डिसेम्बर दिसंबर दिस॰ नवंबर नव॰ नोभेम्बर नोव्हें नोव्हेंबर फ़रवरी फ़र॰ फेब्रु फेब्रुअरी फेब्रुवारी मई मार्च मे
  सप्टें सप्टेंबर सितंबर सित॰ सेप्टेम्बर অক্টো অক্টোবর আগ আগস্ট এপ্রি এপ্রিল জানু জানুয়ারি জুন জুল জুলাই ডিসে ডিসেম্বর নভে নভেম্বর ফেব
  ফেব্রুয়ারি মার্চ মে সেপ সেপ্ট সেপ্টেম্বর ਅਕਤੂ ਅਕਤੂਬਰ ਅਗ ਅਗਸਤ ਅਪ੍ਰੈ ਅਪ੍ਰੈਲ ਜਨ ਜਨਵਰੀ ਜੁਲਾ ਜੁਲਾਈ ਜੂਨ ਦਸੰ ਦਸੰਬਰ ਨਵੰ ਨਵੰਬਰ ਫ਼ਰ ਫ਼ਰਵਰੀ ਮਈ ਮਾਰਚ
  ਸਤੰ ਸਤੰਬਰ એપ્રિલ ઑક્ટો ઑક્ટોબર ઑગસ્ટ જાન્યુ જાન્યુઆરી જુલાઈ જૂન ડિસે ડિસેમ્બર નવે નવેમ્બર ફેબ્રુ ફેબ્રુઆરી માર્ચ મે સપ્ટે સપ્ટેમ્બર அக்
  அக்டோபர் ஆக ஆகஸ்ட் ஏப் ஏப்ரல் செப் செப்டம்பர் ஜன ஜனவரி ஜூன் ஜூலை டிச டிசம்பர் நவ நவம்பர் பிப் பிப்ரவரி மார் மார்ச் மே అక్టో అక్టోబర్ ఆగ
  ఆగస్టు ఏప్రి ఏప్రిల్ జన జనవరి జులై జూన్ డిసెం డిసెంబర్ నవం నవంబర్ ఫిబ్ర ఫిబ్రవరి మార్చి మే సెప్టెం సెప్టెంబర్ ಅಕ್ಟೋ ಅಕ್ಟೋಬರ್ ಆಗ ಆಗಸ್ಟ್ ಏಪ್ರಿ
  ಏಪ್ರಿಲ್ ಜನ ಜನವರಿ ಜುಲೈ ಜೂನ್ ಡಿಸೆಂ ಡಿಸೆಂಬರ್ ನವೆಂ ನವೆಂಬರ್ ಫೆಬ್ರ ಫೆಬ್ರವರಿ ಮಾರ್ಚ್ ಮೇ ಸೆಪ್ಟೆಂ ಸೆಪ್ಟೆಂಬರ್ ഏപ്രി ഏപ്രിൽ ഒക്ടോ ഒക്‌ടോബർ ഓഗ ഓഗസ്റ്റ്
  ജനു ജനുവരി ജൂലൈ ജൂൺ ഡിസം ഡിസംബർ നവം നവംബർ ഫെബ്രു ഫെബ്രുവരി മാർ മാർച്ച് മേയ് സെപ്റ്റം സെപ്റ്റംബർ ก.ค ก.พ ก.ย กรกฎาคม กันยายน กุมภาพันธ์ ต.ค
  ตุลาคม ธ.ค ธันวาคม พ.ค พ.ย พฤศจิกายน พฤษภาคม ม.ค มกราคม มิ.ย มิถุนายน มี.ค มีนาคม ส.ค สิงหาคม เม.ย เมษายน ກ.ຍ ກ.ພ ກ.ລ ກັນຍາ ກຸມພາ ກໍລະກົດ
  ຕ.ລ ຕຸລາ ທ.ວ ທັນວາ ພ.ຈ ພ.ພ ພະຈິກ ພຶດສະພາ ມ.ກ ມ.ນ ມ.ສ ມັງກອນ ມິ.ຖ ມິຖຸນາ ມີນາ ສ.ຫ ສິງຫາ ເມສາ စက် စက်တင်ဘာ ဇန် ဇန်နဝါရီ ဇူ ဇူလိုင် ဇွန် ဒီ
  ဒီဇင်ဘာ နို နိုဝင်ဘာ ဖေ ဖေဖော်ဝါရီ မတ် မေ အောက် အောက်တိုဘာ ဧပြီ ဩဂုတ် აგვ აგვისტო აპრ აპრილი დეკ დეკემბერი თებ თებერვალი იან იანვარი ივლ
  ივლისი ივნ ივნისი მაი მაისი მარ მარტი ნოე ნოემბერი ოქტ ოქტომბერი სექ სექტემბერი ማርች ሜይ ሴፕቴ ሴፕቴምበር ኖቬም ኖቬምበር ኤፕሪ ኤፕሪል ኦክቶ ኦክቶበር ኦገስ ኦገስት ዲሴም
  ዲሴምበር ጁላይ ጁን ጃን ጃንዋሪ ፌብ ፌብሩዋሪ កក្កដា កញ្ញា កុម្ភៈ តុលា ធ្នូ មករា មិថុនា មីនា មេសា វិច្ឆិកា សីហា ឧសភា 一月 七月 三月 九月 二月 五月 八月 六月 十一月 十二月 十月 四月
  pro
`
  .trim()
  .split(/\s+/)

/** Weekday names. */
export const WEEKDAYS: readonly string[] = `
  ahad ahd al alhamisi an ann anna antradienis aoine ar arbaco arbc asteartea asteazkena astelehena axad axd az b.e bazar bil biy biyernes c.a
  ceturtd ceturtdiena chor chorshanba cmt cn cs csütörtök cum cuma cumartesi czw czwartek céad cümə dc dg di die dienstag dijous dilluns dim
  dimanche dimanĉo dimarts dimecres dinsdag dissabte diumenge divendres dj dl do dom domenica domh domingo don donderdag donnerstag
  donneschdeg ds dt du dum dumengia duminică dush dushanba duş duşenbe dv déar déardaoin dën dënschdeg enj esmaspäev fim fimmtudagur fr fre
  fredag freideg freitag fri friday frí fríggjadagur fös föstudagur gie gievgia gio giovedì gli glindesdi gwe hla huw huwebes hétfő hën hós
  hósdagur iau ig igandea ijumaa isn isniin isnin isonto jeu jeudi jimco jmc joi jue jueves jum juma jumaat jumamosi jumanne jumapili jumat
  jumatano jumatatu kam kamis ke kedd keskiviikko ketvirtadienis kha khamiis khamis khms kolmapäev kt la larunbata lau lauantai laugardagur
  laupäev laurdag ley leygardagur lin linggo llun lr lu luan lun lundi lundo lunedì lunes luni luns lör lördag lør lørdag ma maanantai maandag
  man mandag mar mardi mardo martedì martes marți maw me mer mercoledì mercredi merkredo mesemna mgq mi mie miercuri mik mikudagur min minggu
  mittwoch miy miyerkules mié miércoles mið miðvikudagur mo mon monday montag mso máirt mán mánadagur mánudagur mån måndag méi méindeg mér
  mércores mër mët mëttwoch ne ned nedelja nedeľa nedjelja neděle neljapäev niedz niedziela og ons onsdag or osteguna ostirala otrd otrdiena
  pay payshanba paz pazar pazartesi pe pen penktadienis penşenbe per perjantai perşembe pet petak petek pi piatok piektd piektdiena
  pirmadienis pirmd pirmdiena piątek pn po pon pondelok pondělí ponedeljak ponedeljek ponedjeljak poniedziałek pr pre pt pzt pá pátek péntek
  pühapäev qua quarta quarta-feira qui quinta quinta-feira rab rabu reede sa sab sabado sabato sabti sabtu sad sal salı sam samedi samschdeg
  samstag sat saterdag sath saturday sbti seg segunda segunda-feira sekmadienis sel selasa sen senin sesh seshanba sestd sestdiena sex sexta
  sexta-feira shan shanba sht sin siş sişenbe sk so sob sobota son sonda sondag sonnabend sonndeg sonntag sre sreda sri srijeda st streda
  středa su sub subota sul sun sunday sunnudagur sunnuntai svētd svētdiena sze szerda szo szombat sáb sábado sâm sâmbătă sön söndag søn søndag
  talaado teisipäev ter terça terça-feira tha thu thur thurs thursday ti tiistai tir tirs tirsdag tis tisdag tldo to tor torek tors torsdag
  torstai tr trečiadienis trešd trešdiena tue tues tuesday tys tysdag týs týsdagur ulwesibili ulwesihlanu ulwesine ulwesithathu umgqibelo
  umsombuluko ut uto utorak utorok vasárnap ve ven venderdi vendredi vendredo venerdì venres vie viernes vin vineri vr vrijdag vrydag wed wedn
  wednesday wo woensdag wt wtorek xov xoves yak yakshanba za zaterdag zo zondag ç.a çar çarşamba çarşenbe çərşənbə út úterý ýek ýekşenbe þri
  þriðjudagur čet četrtek četvrtak čt čtvrtek ĵa ĵaŭdo śr środa şen şenbe şənbə šeštadienis št štvrtok δευ δευτέρα κυρ κυριακή πέμ πέμπτη παρ
  παρασκευή σάβ σάββατο τετ τετάρτη τρί τρίτη аў аўторак ба баасан бейсенбі бейш бейшемби бс бя бямба воскр воскресенье вс вск вт вто втор
  вторник втр вівторок да даваа дс душ душанба душанбе дшб дүй дүйсенбі дүйшөмбү дүш дүшәмбе жек жексенбі жекшемби жм жс жум жума жұма ишемби
  ишм лх лхагва мя мягмар нд нед недела неделя недеља неділю неділя недјеља ня нядзеля ням пʼятниця пай пайшанба панядзелак панҷшанбе пет
  петак петок петък пн пнд пон понеделник понедельник понедељак понеділок понедјељак пт птн пшб пят пятница пятницу пятніца пү пүрэв пәнҗ
  пәнҗешәмбе п’ятницю п’ятниця саб сабота сб сбт сейсенбі сенбі серада середа середу сеш сешанба сешанбе сиш сишәмбе ср срд сре среда среду
  сри сриједа сряда сс суб субб суббота субботу субота суботу сшб събота сәрсенбі уто уторак чацвер чет четв четвер четверг четвртак четврток
  четвъртък чор чоршанба чоршанбе чт чтв чц чшб чәр чәршәмбе шан шанба шанбе шарш шаршемби шейш шейшемби шим шимбә шнб якш якшанба якшанбе
  якшәмбе яшб җом җомга ҷмъ ҷумъа երեքշաբթի երկ երկուշաբթի երք կիր կիրակի հինգշաբթի հնգ շաբաթ շբթ ուր ուրբաթ չորեքշաբթի չրք שבת اتوار الأحد
  الأربعاء الاثنين الثلاثاء الجمعة الخميس السبت اونۍ بدھ جمعرات جمعه جمعہ جۈ جۈمە درېنۍ دوشنبه دونۍ دۈ دۈشەنبە سه‌شنبه سە سەيشەنبە شنبه شە
  شەنبە منگل يونۍ يە يەكشەنبە پنجشنبه پينځنۍ پیر پە پەيشەنبە څلرنۍ چا چارشەنبە چهارشنبه ہفتہ یکشنبه आइत आइतबार गुरु गुरुवार बिहि बिहिबार बुध
  बुधबार बुधवार मंगल मंगलवार मंगळ मंगळवार मङ्गल मङ्गलबार रवि रविवार शनि शनिबार शनिवार शुक्र शुक्रबार शुक्रवार सोम सोमबार सोमवार বুধ বুধবার
  বৃহস্পতি বৃহস্পতিবার মঙ্গল মঙ্গলবার রবি রবিবার শনি শনিবার শুক্র শুক্রবার সোম সোমবার ਐਤ ਐਤਵਾਰ ਬੁੱਧ ਬੁੱਧਵਾਰ ਮੰਗਲ ਮੰਗਲਵਾਰ ਵੀਰ ਵੀਰਵਾਰ ਸ਼ਨੀ
  ਸ਼ਨੀਵਾਰ ਸ਼ੁੱਕਰ ਸ਼ੁੱਕਰਵਾਰ ਸੋਮ ਸੋਮਵਾਰ ગુરુ ગુરુવાર બુધ બુધવાર મંગળ મંગળવાર રવિ રવિવાર શનિ શનિવાર શુક્ર શુક્રવાર સોમ સોમવાર சனி செவ் செவ்வாய்
  ஞாயி ஞாயிறு திங் திங்கள் புத புதன் வியா வியாழன் வெள் வெள்ளி ఆది ఆదివారం గురు గురువారం బుధ బుధవారం మంగళ మంగళవారం శని శనివారం శుక్ర శుక్రవారం
  సోమ సోమవారం ಗುರು ಗುರುವಾರ ಬುಧ ಬುಧವಾರ ಭಾನು ಭಾನುವಾರ ಮಂಗಳ ಮಂಗಳವಾರ ಶನಿ ಶನಿವಾರ ಶುಕ್ರ ಶುಕ್ರವಾರ ಸೋಮ ಸೋಮವಾರ ചൊവ്വ ചൊവ്വാഴ്ച ചൊവ്വാഴ്‌ച ഞായറാഴ്‌ച ഞായർ
  തിങ്കളാഴ്‌ച തിങ്കൾ ബുധനാഴ്‌ച ബുധൻ വെള്ളി വെള്ളിയാഴ്‌ച വ്യാഴം വ്യാഴാഴ്‌ച ശനി ശനിയാഴ്‌ച จันทร์ พฤหัส พุธ วันจันทร์ วันพฤหัสบดี วันพุธ วันศุกร์
  วันอังคาร วันอาทิตย์ วันเสาร์ ศุกร์ อังคาร อาทิตย์ เสาร์ ຈັນ ພະຫັດ ພຸດ ວັນຈັນ ວັນພະຫັດ ວັນພຸດ ວັນສຸກ ວັນອັງຄານ ວັນອາທິດ ວັນເສົາ ສຸກ ອັງຄານ
  ອາທິດ ເສົາ ကြာသပတေး စနေ တနင်္ဂနွေ တနင်္လာ ဗုဒ္ဓဟူး သောကြာ အင်္ဂါ კვი კვირა ოთხ ოთხშაბათი ორშ ორშაბათი პარ პარასკევი სამ სამშაბათი შაბ შაბათი
  ხუთ ხუთშაბათი ሐሙስ ማክሰ ማክሰኞ ረቡዕ ሰኞ ቅዳሜ እሑድ ዓርብ ចន្ទ ច័ន្ទ ពុធ ព្រហ ព្រហស្បតិ៍ សុក្រ សៅរ៍ អង្គារ អាទិត្យ 周一 周三 周二 周五 周六 周四 周日 土曜日 日曜日 星期一 星期三
  星期二 星期五 星期六 星期四 星期日 月曜日 木曜日 水曜日 火曜日 週一 週三 週二 週五 週六 週四 週日 金曜日 금요일 목요일 수요일 월요일 일요일 토요일 화요일
`
  .trim()
  .split(/\s+/)
