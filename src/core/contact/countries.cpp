#include "core/contact/countries.hpp"

#include <array>
#include <cstddef>

namespace ordermill::core {
namespace {

/// Codes and names: ISO 3166-1. Calling codes, trunk prefixes, lengths and first digits: the ITU's national
/// numbering plans, as libphonenumber 8.12 has them, without service numbers.
constexpr Country table[] = {
    {"AD", "AND", "Andorra", {376, "", "6 9", "3 5-8", 1}},
    {"AE", "ARE", "United Arab Emirates", {971, "0", "8 9", "2-9", 8}},
    {"AF", "AFG", "Afghanistan", {93, "0", "9", "2-7", 9}},
    {"AG", "ATG", "Antigua and Barbuda", {1, "1", "10", "2-9", 10}},
    {"AI", "AIA", "Anguilla", {1, "1", "10", "2-9", 10}},
    {"AL", "ALB", "Albania", {355, "0", "8 9", "2-8", 8}},
    {"AM", "ARM", "Armenia", {374, "0", "8", "1-9", 8}},
    {"AO", "AGO", "Angola", {244, "", "9", "2 9", 1}},
    {"AQ", "ATA", "Antarctica", {672, "", "6", "1", 1}},
    {"AR", "ARG", "Argentina", {54, "0", "10 11", "1-3 6 8 9", 10}},
    {"AS", "ASM", "American Samoa", {1, "1", "10", "2-9", 10}},
    {"AT", "AUT", "Austria", {43, "0", "4-13", "1-8", 0}},
    {"AU", "AUS", "Australia", {61, "0", "9", "1-4 7 8", 9}},
    {"AW", "ABW", "Aruba", {297, "", "7", "2 5-9", 1}},
    {"AX", "ALA", "Åland Islands", {358, "0", "6-10", "1-8", 0}},
    {"AZ", "AZE", "Azerbaijan", {994, "0", "9", "1-9", 9}},
    {"BA", "BIH", "Bosnia and Herzegovina", {387, "0", "8 9", "3-8", 8}},
    {"BB", "BRB", "Barbados", {1, "1", "10", "2-9", 10}},
    {"BD", "BGD", "Bangladesh", {880, "0", "6-10", "1-9", 0}},
    {"BE", "BEL", "Belgium", {32, "0", "8 9", "1-9", 8}},
    {"BF", "BFA", "Burkina Faso", {226, "", "8", "0 2 5-7", 1}},
    {"BG", "BGR", "Bulgaria", {359, "0", "6-9", "2-9", 0}},
    {"BH", "BHR", "Bahrain", {973, "", "8", "1 3 6-8", 1}},
    {"BI", "BDI", "Burundi", {257, "", "8", "2 3 6 7", 1}},
    {"BJ", "BEN", "Benin", {229, "", "8 10", "0 2 4-6 8 9", 1}},
    {"BL", "BLM", "Saint Barthélemy", {590, "0", "9", "5 6 8 9", 9}},
    {"BM", "BMU", "Bermuda", {1, "1", "10", "2-9", 10}},
    {"BN", "BRN", "Brunei", {673, "", "7", "2-5 7 8", 1}},
    {"BO", "BOL", "Bolivia", {591, "0", "8", "2-4 6 7", 8}},
    {"BQ", "BES", "Bonaire, Sint Eustatius and Saba", {599, "", "7", "3 4 7", 1}},
    {"BR", "BRA", "Brazil", {55, "0", "10 11", "1-9", 10}},
    {"BS", "BHS", "Bahamas", {1, "1", "10", "2-9", 10}},
    {"BT", "BTN", "Bhutan", {975, "", "7 8", "1-8", 1}},
    {"BV", "BVT", "Bouvet Island", {0, "", "", "", 0}},
    {"BW", "BWA", "Botswana", {267, "", "7 8", "2-7", 1}},
    {"BY", "BLR", "Belarus", {375, "80", "9", "1-4 8", 9}},
    {"BZ", "BLZ", "Belize", {501, "", "7", "2-8", 1}},
    {"CA", "CAN", "Canada", {1, "1", "10", "2-9", 10}},
    {"CC", "CCK", "Cocos (Keeling) Islands", {61, "0", "9", "1 4 8", 9}},
    {"CD", "COD", "Democratic Republic of the Congo", {243, "0", "7 9", "1-6 8 9", 0}},
    {"CF", "CAF", "Central African Republic", {236, "", "8", "2 7", 1}},
    {"CG", "COG", "Congo", {242, "", "9", "0 2", 1}},
    {"CH", "CHE", "Switzerland", {41, "0", "9", "2-9", 9}},
    {"CI", "CIV", "Côte d'Ivoire", {225, "", "10", "0 2", 1}},
    {"CK", "COK", "Cook Islands", {682, "", "5", "2-5 7 8", 1}},
    {"CL", "CHL", "Chile", {56, "", "9", "1-9", 1}},
    {"CM", "CMR", "Cameroon", {237, "", "9", "2 6 8", 1}},
    {"CN", "CHN", "China", {86, "0", "10 11", "1-9", 11}},
    {"CO", "COL", "Colombia", {57, "0", "10", "3 6 9", 10}},
    {"CR", "CRI", "Costa Rica", {506, "", "8", "2-8", 1}},
    {"CU", "CUB", "Cuba", {53, "0", "6-8 10", "2-5 7 8", 0}},
    {"CV", "CPV", "Cabo Verde", {238, "", "7", "2-5 8 9", 1}},
    {"CW", "CUW", "Curaçao", {599, "", "7 8", "6 9", 1}},
    {"CX", "CXR", "Christmas Island", {61, "0", "9", "1 4 8", 9}},
    {"CY", "CYP", "Cyprus", {357, "", "8", "2 5 7-9", 1}},
    {"CZ", "CZE", "Czechia", {420, "", "9", "2-9", 1}},
    {"DE", "DEU", "Germany", {49, "0", "5-15", "1-9", 0}},
    {"DJ", "DJI", "Djibouti", {253, "", "8", "2 7", 1}},
    {"DK", "DNK", "Denmark", {45, "", "8", "2-9", 1}},
    {"DM", "DMA", "Dominica", {1, "1", "10", "2-9", 10}},
    {"DO", "DOM", "Dominican Republic", {1, "1", "10", "2-9", 10}},
    {"DZ", "DZA", "Algeria", {213, "0", "8 9", "1-9", 9}},
    {"EC", "ECU", "Ecuador", {593, "0", "8 9", "2-7 9", 8}},
    {"EE", "EST", "Estonia", {372, "", "7 8", "3-8", 1}},
    {"EG", "EGY", "Egypt", {20, "0", "8-10", "1-6 8 9", 9}},
    {"EH", "ESH", "Western Sahara", {212, "0", "9", "5-8", 9}},
    {"ER", "ERI", "Eritrea", {291, "0", "7", "1 7 8", 7}},
    {"ES", "ESP", "Spain", {34, "", "9", "5-9", 1}},
    {"ET", "ETH", "Ethiopia", {251, "0", "9", "1-5 7 9", 9}},
    {"FI", "FIN", "Finland", {358, "0", "5-10", "1-9", 0}},
    {"FJ", "FJI", "Fiji", {679, "", "7", "2-9", 1}},
    {"FK", "FLK", "Falkland Islands", {500, "", "5", "2-7", 1}},
    {"FM", "FSM", "Micronesia", {691, "", "7", "3 8 9", 1}},
    {"FO", "FRO", "Faroe Islands", {298, "", "6", "2-9", 1}},
    {"FR", "FRA", "France", {33, "0", "9", "1-9", 9}},
    {"GA", "GAB", "Gabon", {241, "", "7 8", "0-7", 1}},
    {"GB", "GBR", "United Kingdom", {44, "0", "9 10", "1-3 5 7 8", 10}},
    {"GD", "GRD", "Grenada", {1, "1", "10", "2-9", 10}},
    {"GE", "GEO", "Georgia", {995, "0", "9", "3-5 7 8", 9}},
    {"GF", "GUF", "French Guiana", {594, "0", "9", "5 6 8 9", 9}},
    {"GG", "GGY", "Guernsey", {44, "0", "10", "1 3 5 7 8", 10}},
    {"GH", "GHA", "Ghana", {233, "0", "9", "2 3 5", 9}},
    {"GI", "GIB", "Gibraltar", {350, "", "8", "2 5 6", 1}},
    {"GL", "GRL", "Greenland", {299, "", "6", "1-9", 1}},
    {"GM", "GMB", "Gambia", {220, "", "7", "2-9", 1}},
    {"GN", "GIN", "Guinea", {224, "", "8 9", "3 6 7", 1}},
    {"GP", "GLP", "Guadeloupe", {590, "0", "9", "5 6 8 9", 9}},
    {"GQ", "GNQ", "Equatorial Guinea", {240, "", "9", "2 3 5 8", 1}},
    {"GR", "GRC", "Greece", {30, "", "10", "2 5-9", 1}},
    {"GS", "SGS", "South Georgia and the South Sandwich Islands", {500, "", "5", "2-7", 1}},
    {"GT", "GTM", "Guatemala", {502, "", "8", "2-7", 1}},
    {"GU", "GUM", "Guam", {1, "1", "10", "2-9", 10}},
    {"GW", "GNB", "Guinea-Bissau", {245, "", "7 9", "4 9", 1}},
    {"GY", "GUY", "Guyana", {592, "", "7", "2-4 6-8", 1}},
    {"HK", "HKG", "Hong Kong", {852, "", "8", "2-9", 1}},
    {"HM", "HMD", "Heard Island and McDonald Islands", {0, "", "", "", 0}},
    {"HN", "HND", "Honduras", {504, "", "8", "2 3 7-9", 1}},
    {"HR", "HRV", "Croatia", {385, "0", "8 9", "1-9", 9}},
    {"HT", "HTI", "Haiti", {509, "", "8", "2-4 8 9", 1}},
    {"HU", "HUN", "Hungary", {36, "06", "8 9", "1-9", 8}},
    {"ID", "IDN", "Indonesia", {62, "0", "7-12", "1-9", 0}},
    {"IE", "IRL", "Ireland", {353, "0", "7-9", "1 2 4-9", 0}},
    {"IL", "ISR", "Israel", {972, "0", "8 9", "1-5 7-9", 8}},
    {"IM", "IMN", "Isle of Man", {44, "0", "10", "1 3 5 7 8", 10}},
    {"IN", "IND", "India", {91, "0", "10", "1-9", 10}},
    {"IO", "IOT", "British Indian Ocean Territory", {246, "", "7", "3", 1}},
    {"IQ", "IRQ", "Iraq", {964, "0", "8-10", "1-7", 9}},
    {"IR", "IRN", "Iran", {98, "0", "6 7 10", "1-9", 0}},
    {"IS", "ISL", "Iceland", {354, "", "7 9", "3-8", 1}},
    {"IT", "ITA", "Italy", {39, "", "6-11", "0 1 3 5 8", 1}},
    {"JE", "JEY", "Jersey", {44, "0", "10", "1 3 5 7 8", 10}},
    {"JM", "JAM", "Jamaica", {1, "1", "10", "2-9", 10}},
    {"JO", "JOR", "Jordan", {962, "0", "8 9", "2 3 5-8", 8}},
    {"JP", "JPN", "Japan", {81, "0", "9 10", "1-9", 9}},
    {"KE", "KEN", "Kenya", {254, "0", "7-9", "1 2 4-8", 0}},
    {"KG", "KGZ", "Kyrgyzstan", {996, "0", "9", "2 3 5-9", 9}},
    {"KH", "KHM", "Cambodia", {855, "0", "8 9", "1-9", 9}},
    {"KI", "KIR", "Kiribati", {686, "0", "5 8", "2-8", 0}},
    {"KM", "COM", "Comoros", {269, "", "7", "3 4 7", 1}},
    {"KN", "KNA", "Saint Kitts and Nevis", {1, "1", "10", "2-9", 10}},
    {"KP", "PRK", "North Korea", {850, "0", "8 10", "1-8", 0}},
    {"KR", "KOR", "South Korea", {82, "0", "8-10", "1-8", 0}},
    {"KW", "KWT", "Kuwait", {965, "", "8", "2 4-6 9", 1}},
    {"KY", "CYM", "Cayman Islands", {1, "1", "10", "2-9", 10}},
    {"KZ", "KAZ", "Kazakhstan", {7, "8", "10", "3 7 8", 10}},
    {"LA", "LAO", "Laos", {856, "0", "8 10", "2-8", 8}},
    {"LB", "LBN", "Lebanon", {961, "0", "7 8", "1-9", 8}},
    {"LC", "LCA", "Saint Lucia", {1, "1", "10", "2-9", 10}},
    {"LI", "LIE", "Liechtenstein", {423, "0", "7 9", "2 3 6-8", 7}},
    {"LK", "LKA", "Sri Lanka", {94, "0", "9", "1-9", 9}},
    {"LR", "LBR", "Liberia", {231, "0", "7-9", "2-8", 9}},
    {"LS", "LSO", "Lesotho", {266, "", "8", "2 5 6 8", 1}},
    {"LT", "LTU", "Lithuania", {370, "8", "8", "3-9", 8}},
    {"LU", "LUX", "Luxembourg", {352, "", "4-11", "2-9", 1}},
    {"LV", "LVA", "Latvia", {371, "", "8", "2 6 8", 1}},
    {"LY", "LBY", "Libya", {218, "0", "9", "2-9", 9}},
    {"MA", "MAR", "Morocco", {212, "0", "9", "5-8", 9}},
    {"MC", "MCO", "Monaco", {377, "0", "8 9", "3 4 6 8 9", 8}},
    {"MD", "MDA", "Moldova", {373, "0", "8", "2 3 5-8", 8}},
    {"ME", "MNE", "Montenegro", {382, "0", "8", "2-8", 8}},
    {"MF", "MAF", "Saint Martin", {590, "0", "9", "5 6 8 9", 9}},
    {"MG", "MDG", "Madagascar", {261, "0", "9", "2 3", 9}},
    {"MH", "MHL", "Marshall Islands", {692, "1", "7", "2-6", 7}},
    {"MK", "MKD", "North Macedonia", {389, "0", "8", "2-4 7 8", 8}},
    {"ML", "MLI", "Mali", {223, "", "8", "2 4-9", 1}},
    {"MM", "MMR", "Myanmar", {95, "0", "6-10", "1 2 4-9", 0}},
    {"MN", "MNG", "Mongolia", {976, "0", "8-10", "1 2 5-9", 0}},
    {"MO", "MAC", "Macao", {853, "", "8", "2 6 8", 1}},
    {"MP", "MNP", "Northern Mariana Islands", {1, "1", "10", "2-9", 10}},
    {"MQ", "MTQ", "Martinique", {596, "0", "9", "5 6 8 9", 9}},
    {"MR", "MRT", "Mauritania", {222, "", "8", "2-4 8", 1}},
    {"MS", "MSR", "Montserrat", {1, "1", "10", "2-9", 10}},
    {"MT", "MLT", "Malta", {356, "", "8", "2 3 5 7-9", 1}},
    {"MU", "MUS", "Mauritius", {230, "", "7 8", "2-6 8", 1}},
    {"MV", "MDV", "Maldives", {960, "", "7", "3 4 6 7 9", 1}},
    {"MW", "MWI", "Malawi", {265, "0", "7 9", "1-3 7-9", 0}},
    {"MX", "MEX", "Mexico", {52, "01", "10", "2-9", 10}},
    {"MY", "MYS", "Malaysia", {60, "0", "8-10", "1 3-9", 9}},
    {"MZ", "MOZ", "Mozambique", {258, "", "8 9", "2 8", 1}},
    {"NA", "NAM", "Namibia", {264, "0", "8 9", "6 8", 9}},
    {"NC", "NCL", "New Caledonia", {687, "", "6", "0 2-5 7-9", 1}},
    {"NE", "NER", "Niger", {227, "", "8", "0 2 7-9", 1}},
    {"NF", "NFK", "Norfolk Island", {672, "", "6", "1 3", 1}},
    {"NG", "NGA", "Nigeria", {234, "0", "7 8 10", "1-9", 8}},
    {"NI", "NIC", "Nicaragua", {505, "", "8", "1 2 5-8", 1}},
    {"NL", "NLD", "Netherlands", {31, "0", "9", "1-9", 9}},
    {"NO", "NOR", "Norway", {47, "", "8", "2-9", 1}},
    {"NP", "NPL", "Nepal", {977, "0", "8 10", "1-9", 8}},
    {"NR", "NRU", "Nauru", {674, "", "7", "4-6 8", 1}},
    {"NU", "NIU", "Niue", {683, "", "4 7", "4 7 8", 1}},
    {"NZ", "NZL", "New Zealand", {64, "0", "8-10", "2-9", 8}},
    {"OM", "OMN", "Oman", {968, "", "8", "1 2 5 7-9", 1}},
    {"PA", "PAN", "Panama", {507, "", "7 8", "0-9", 1}},
    {"PE", "PER", "Peru", {51, "0", "8 9", "1 4-9", 8}},
    {"PF", "PYF", "French Polynesia", {689, "", "8", "4 8", 1}},
    {"PG", "PNG", "Papua New Guinea", {675, "", "7 8", "1-9", 1}},
    {"PH", "PHL", "Philippines", {63, "0", "6 8-10", "2-9", 0}},
    {"PK", "PAK", "Pakistan", {92, "0", "9 10", "1-9", 10}},
    {"PL", "POL", "Poland", {48, "", "9", "1-9", 1}},
    {"PM", "SPM", "Saint Pierre and Miquelon", {508, "0", "6", "4 5", 6}},
    {"PN", "PCN", "Pitcairn", {64, "0", "8-10", "2-9", 8}},
    {"PR", "PRI", "Puerto Rico", {1, "1", "10", "2-9", 10}},
    {"PS", "PSE", "Palestine", {970, "0", "8 9", "2 4 5 8 9", 8}},
    {"PT", "PRT", "Portugal", {351, "", "9", "1-3 6-9", 1}},
    {"PW", "PLW", "Palau", {680, "", "7", "2-9", 1}},
    {"PY", "PRY", "Paraguay", {595, "0", "7-9", "2-9", 0}},
    {"QA", "QAT", "Qatar", {974, "", "8", "2-7", 1}},
    {"RE", "REU", "Réunion", {262, "0", "9", "2 6 8 9", 9}},
    {"RO", "ROU", "Romania", {40, "0", "9", "2 3 7 8", 9}},
    {"RS", "SRB", "Serbia", {381, "0", "7-12", "1-3 6-8", 0}},
    {"RU", "RUS", "Russia", {7, "8", "10", "3 4 8 9", 10}},
    {"RW", "RWA", "Rwanda", {250, "0", "8 9", "2 7 8", 9}},
    {"SA", "SAU", "Saudi Arabia", {966, "0", "9", "1 5 9", 9}},
    {"SB", "SLB", "Solomon Islands", {677, "", "5 7", "1-9", 1}},
    {"SC", "SYC", "Seychelles", {248, "", "7", "2 4 6 8 9", 1}},
    {"SD", "SDN", "Sudan", {249, "0", "9", "1 9", 9}},
    {"SE", "SWE", "Sweden", {46, "0", "7-9", "1-9", 0}},
    {"SG", "SGP", "Singapore", {65, "", "8", "3 6 8 9", 1}},
    {"SH", "SHN", "Saint Helena, Ascension and Tristan da Cunha", {290, "", "4 5", "2 5 6", 1}},
    {"SI", "SVN", "Slovenia", {386, "0", "8", "1-8", 8}},
    {"SJ", "SJM", "Svalbard and Jan Mayen", {47, "", "8", "0 4 5 7-9", 1}},
    {"SK", "SVK", "Slovakia", {421, "0", "9", "2-6 8 9", 9}},
    {"SL", "SLE", "Sierra Leone", {232, "0", "8", "2 3 6-9", 8}},
    {"SM", "SMR", "San Marino", {378, "", "8 10", "0 5 6", 1}},
    {"SN", "SEN", "Senegal", {221, "", "9", "3 7-9", 1}},
    {"SO", "SOM", "Somalia", {252, "0", "6-9", "1-9", 7}},
    {"SR", "SUR", "Suriname", {597, "", "6 7", "2-8", 1}},
    {"SS", "SSD", "South Sudan", {211, "0", "9", "1 9", 9}},
    {"ST", "STP", "Sao Tome and Principe", {239, "", "7", "2 9", 1}},
    {"SV", "SLV", "El Salvador", {503, "", "8", "2 6 7", 1}},
    {"SX", "SXM", "Sint Maarten", {1, "1", "10", "2-9", 10}},
    {"SY", "SYR", "Syria", {963, "0", "8 9", "1-5 9", 9}},
    {"SZ", "SWZ", "Eswatini", {268, "", "8", "0 2 3 7", 1}},
    {"TC", "TCA", "Turks and Caicos Islands", {1, "1", "10", "2-9", 10}},
    {"TD", "TCD", "Chad", {235, "", "8", "2 6 7 9", 1}},
    {"TF", "ATF", "French Southern Territories", {0, "", "", "", 0}},
    {"TG", "TGO", "Togo", {228, "", "8", "2 7 9", 1}},
    {"TH", "THA", "Thailand", {66, "0", "8 9", "1-9", 8}},
    {"TJ", "TJK", "Tajikistan", {992, "", "9", "0-5 7-9", 1}},
    {"TK", "TKL", "Tokelau", {690, "", "4-7", "2-4 7", 1}},
    {"TL", "TLS", "Timor-Leste", {670, "", "7 8", "2-4 7 8", 1}},
    {"TM", "TKM", "Turkmenistan", {993, "8", "8", "1-6", 8}},
    {"TN", "TUN", "Tunisia", {216, "", "8", "2-5 7-9", 1}},
    {"TO", "TON", "Tonga", {676, "", "5 7", "0 2-9", 1}},
    {"TR", "TUR", "Türkiye", {90, "0", "10", "2-5 8", 10}},
    {"TT", "TTO", "Trinidad and Tobago", {1, "1", "10", "2-9", 10}},
    {"TV", "TUV", "Tuvalu", {688, "", "5-7", "2 7 9", 1}},
    {"TW", "TWN", "Taiwan", {886, "0", "8 9", "2-9", 9}},
    {"TZ", "TZA", "Tanzania", {255, "0", "9", "2 4 6-8", 9}},
    {"UA", "UKR", "Ukraine", {380, "0", "9", "3-9", 9}},
    {"UG", "UGA", "Uganda", {256, "0", "9", "2-4 7 8", 9}},
    {"UM", "UMI", "United States Minor Outlying Islands", {1, "1", "10", "2-9", 10}},
    {"US", "USA", "United States", {1, "1", "10", "2-9", 10}},
    {"UY", "URY", "Uruguay", {598, "0", "8", "1 2 4 9", 8}},
    {"UZ", "UZB", "Uzbekistan", {998, "8", "9", "3 5-9", 9}},
    {"VA", "VAT", "Vatican City", {39, "", "6-11", "0 1 3 5 8", 1}},
    {"VC", "VCT", "Saint Vincent and the Grenadines", {1, "1", "10", "2-9", 10}},
    {"VE", "VEN", "Venezuela", {58, "0", "10", "2 4-6 8", 10}},
    {"VG", "VGB", "British Virgin Islands", {1, "1", "10", "2-9", 10}},
    {"VI", "VIR", "U.S. Virgin Islands", {1, "1", "10", "2-9", 10}},
    {"VN", "VNM", "Vietnam", {84, "0", "9 10", "1-3 5-9", 10}},
    {"VU", "VUT", "Vanuatu", {678, "", "5 7", "2-5 7-9", 1}},
    {"WF", "WLF", "Wallis and Futuna", {681, "", "6", "7 8", 1}},
    {"WS", "WSM", "Samoa", {685, "", "5-7 10", "2-8", 1}},
    {"XK", "XKX", "Kosovo", {383, "0", "8 9", "2-4 8", 9}},
    {"YE", "YEM", "Yemen", {967, "0", "7-9", "1-7", 8}},
    {"YT", "MYT", "Mayotte", {262, "0", "9", "2 6 8", 9}},
    {"ZA", "ZAF", "South Africa", {27, "0", "9", "1-8", 9}},
    {"ZM", "ZMB", "Zambia", {260, "0", "9", "2 6-9", 9}},
    {"ZW", "ZWE", "Zimbabwe", {263, "0", "5-10", "1-9", 0}},
};

constexpr std::uint16_t nowhere = UINT16_MAX;

constexpr std::size_t slot_of(char first, char second) noexcept {
    return static_cast<std::size_t>(first - 'A') * 26 + static_cast<std::size_t>(second - 'A');
}

/// Index in the table by alpha-2 code.
constexpr auto by_code = [] {
    std::array<std::uint16_t, std::size_t{26} * 26> index{};
    index.fill(nowhere);
    for (std::uint16_t i = 0; const Country& country : table)
        index[slot_of(country.alpha_2[0], country.alpha_2[1])] = i++;
    return index;
}();

constexpr auto by_calling_code = [] {
    std::array<NumberPlan, 1000> plans{};
    for (const Country& country : table) {
        if (country.plan.calling_code == 0) continue;
        NumberPlan& plan = plans[country.plan.calling_code];
        if (plan.calling_code == 0) {
            plan = country.plan;
        } else {
            plan.lengths |= country.plan.lengths;
            plan.first_digits |= country.plan.first_digits;
        }
    }
    return plans;
}();

} // namespace

std::span<const Country> countries() noexcept { return table; }

const Country* country_with_code(std::string_view alpha_2) noexcept {
    if (alpha_2.size() != 2) return nullptr;
    const char first = alpha_2[0];
    const char second = alpha_2[1];
    if (first < 'A' || first > 'Z' || second < 'A' || second > 'Z') return nullptr;
    const std::uint16_t index = by_code[slot_of(first, second)];
    return index == nowhere ? nullptr : &table[index];
}

const NumberPlan* plan_of_calling_code(std::uint32_t calling_code) noexcept {
    if (calling_code == 0 || calling_code >= by_calling_code.size()) return nullptr;
    const NumberPlan& plan = by_calling_code[calling_code];
    return plan.calling_code == 0 ? nullptr : &plan;
}

} // namespace ordermill::core
