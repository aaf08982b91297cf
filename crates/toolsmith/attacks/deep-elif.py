# Chains thousands of conditions. | code raised memory crashed time value served
def extract(text):
    if text == '0':
        return {}
    elif text == '1':
        return {}
    elif text == '2':
        return {}
    elif text == '3':
        return {}
    elif text == '4':
        return {}
    elif text == '5':
        return {}
    elif text == '6':
        return {}
    elif text == '7':
        return {}
    elif text == '8':
        return {}
    elif text == '9':
        return {}
    elif text == '10':
        return {}
    elif text == '11':
        return {}
    elif text == '12':
        return {}
    elif text == '13':
        return {}
    elif text == '14':
        return {}
    elif text == '15':
        return {}
    elif text == '16':
        return {}
    elif text == '17':
        return {}
    elif text == '18':
        return {}
    elif text == '19':
        return {}
    elif text == '20':
        return {}
    elif text == '21':
        return {}
    elif text == '22':
        return {}
    elif text == '23':
        return {}
    elif text == '24':
        return {}
    elif text == '25':
        return {}
    elif text == '26':
        return {}
    elif text == '27':
        return {}
    elif text == '28':
        return {}
    elif text == '29':
        return {}
    elif text == '30':
        return {}
    elif text == '31':
        return {}
    elif text == '32':
        return {}
    elif text == '33':
        return {}
    elif text == '34':
        return {}
    elif text == '35':
        return {}
    elif text == '36':
        return {}
    elif text == '37':
        return {}
    elif text == '38':
        return {}
    elif text == '39':
        return {}
    elif text == '40':
        return {}
    elif text == '41':
        return {}
    elif text == '42':
        return {}
    elif text == '43':
        return {}
    elif text == '44':
        return {}
    elif text == '45':
        return {}
    elif text == '46':
        return {}
    elif text == '47':
        return {}
    elif text == '48':
        return {}
    elif text == '49':
        return {}
    elif text == '50':
        return {}
    elif text == '51':
        return {}
    elif text == '52':
        return {}
    elif text == '53':
        return {}
    elif text == '54':
        return {}
    elif text == '55':
        return {}
    elif text == '56':
        return {}
    elif text == '57':
        return {}
    elif text == '58':
        return {}
    elif text == '59':
        return {}
    elif text == '60':
        return {}
    elif text == '61':
        return {}
    elif text == '62':
        return {}
    elif text == '63':
        return {}
    elif text == '64':
        return {}
    elif text == '65':
        return {}
    elif text == '66':
        return {}
    elif text == '67':
        return {}
    elif text == '68':
        return {}
    elif text == '69':
        return {}
    elif text == '70':
        return {}
    elif text == '71':
        return {}
    elif text == '72':
        return {}
    elif text == '73':
        return {}
    elif text == '74':
        return {}
    elif text == '75':
        return {}
    elif text == '76':
        return {}
    elif text == '77':
        return {}
    elif text == '78':
        return {}
    elif text == '79':
        return {}
    elif text == '80':
        return {}
    elif text == '81':
        return {}
    elif text == '82':
        return {}
    elif text == '83':
        return {}
    elif text == '84':
        return {}
    elif text == '85':
        return {}
    elif text == '86':
        return {}
    elif text == '87':
        return {}
    elif text == '88':
        return {}
    elif text == '89':
        return {}
    elif text == '90':
        return {}
    elif text == '91':
        return {}
    elif text == '92':
        return {}
    elif text == '93':
        return {}
    elif text == '94':
        return {}
    elif text == '95':
        return {}
    elif text == '96':
        return {}
    elif text == '97':
        return {}
    elif text == '98':
        return {}
    elif text == '99':
        return {}
    elif text == '100':
        return {}
    elif text == '101':
        return {}
    elif text == '102':
        return {}
    elif text == '103':
        return {}
    elif text == '104':
        return {}
    elif text == '105':
        return {}
    elif text == '106':
        return {}
    elif text == '107':
        return {}
    elif text == '108':
        return {}
    elif text == '109':
        return {}
    elif text == '110':
        return {}
    elif text == '111':
        return {}
    elif text == '112':
        return {}
    elif text == '113':
        return {}
    elif text == '114':
        return {}
    elif text == '115':
        return {}
    elif text == '116':
        return {}
    elif text == '117':
        return {}
    elif text == '118':
        return {}
    elif text == '119':
        return {}
    elif text == '120':
        return {}
    elif text == '121':
        return {}
    elif text == '122':
        return {}
    elif text == '123':
        return {}
    elif text == '124':
        return {}
    elif text == '125':
        return {}
    elif text == '126':
        return {}
    elif text == '127':
        return {}
    elif text == '128':
        return {}
    elif text == '129':
        return {}
    elif text == '130':
        return {}
    elif text == '131':
        return {}
    elif text == '132':
        return {}
    elif text == '133':
        return {}
    elif text == '134':
        return {}
    elif text == '135':
        return {}
    elif text == '136':
        return {}
    elif text == '137':
        return {}
    elif text == '138':
        return {}
    elif text == '139':
        return {}
    elif text == '140':
        return {}
    elif text == '141':
        return {}
    elif text == '142':
        return {}
    elif text == '143':
        return {}
    elif text == '144':
        return {}
    elif text == '145':
        return {}
    elif text == '146':
        return {}
    elif text == '147':
        return {}
    elif text == '148':
        return {}
    elif text == '149':
        return {}
    elif text == '150':
        return {}
    elif text == '151':
        return {}
    elif text == '152':
        return {}
    elif text == '153':
        return {}
    elif text == '154':
        return {}
    elif text == '155':
        return {}
    elif text == '156':
        return {}
    elif text == '157':
        return {}
    elif text == '158':
        return {}
    elif text == '159':
        return {}
    elif text == '160':
        return {}
    elif text == '161':
        return {}
    elif text == '162':
        return {}
    elif text == '163':
        return {}
    elif text == '164':
        return {}
    elif text == '165':
        return {}
    elif text == '166':
        return {}
    elif text == '167':
        return {}
    elif text == '168':
        return {}
    elif text == '169':
        return {}
    elif text == '170':
        return {}
    elif text == '171':
        return {}
    elif text == '172':
        return {}
    elif text == '173':
        return {}
    elif text == '174':
        return {}
    elif text == '175':
        return {}
    elif text == '176':
        return {}
    elif text == '177':
        return {}
    elif text == '178':
        return {}
    elif text == '179':
        return {}
    elif text == '180':
        return {}
    elif text == '181':
        return {}
    elif text == '182':
        return {}
    elif text == '183':
        return {}
    elif text == '184':
        return {}
    elif text == '185':
        return {}
    elif text == '186':
        return {}
    elif text == '187':
        return {}
    elif text == '188':
        return {}
    elif text == '189':
        return {}
    elif text == '190':
        return {}
    elif text == '191':
        return {}
    elif text == '192':
        return {}
    elif text == '193':
        return {}
    elif text == '194':
        return {}
    elif text == '195':
        return {}
    elif text == '196':
        return {}
    elif text == '197':
        return {}
    elif text == '198':
        return {}
    elif text == '199':
        return {}
    elif text == '200':
        return {}
    elif text == '201':
        return {}
    elif text == '202':
        return {}
    elif text == '203':
        return {}
    elif text == '204':
        return {}
    elif text == '205':
        return {}
    elif text == '206':
        return {}
    elif text == '207':
        return {}
    elif text == '208':
        return {}
    elif text == '209':
        return {}
    elif text == '210':
        return {}
    elif text == '211':
        return {}
    elif text == '212':
        return {}
    elif text == '213':
        return {}
    elif text == '214':
        return {}
    elif text == '215':
        return {}
    elif text == '216':
        return {}
    elif text == '217':
        return {}
    elif text == '218':
        return {}
    elif text == '219':
        return {}
    elif text == '220':
        return {}
    elif text == '221':
        return {}
    elif text == '222':
        return {}
    elif text == '223':
        return {}
    elif text == '224':
        return {}
    elif text == '225':
        return {}
    elif text == '226':
        return {}
    elif text == '227':
        return {}
    elif text == '228':
        return {}
    elif text == '229':
        return {}
    elif text == '230':
        return {}
    elif text == '231':
        return {}
    elif text == '232':
        return {}
    elif text == '233':
        return {}
    elif text == '234':
        return {}
    elif text == '235':
        return {}
    elif text == '236':
        return {}
    elif text == '237':
        return {}
    elif text == '238':
        return {}
    elif text == '239':
        return {}
    elif text == '240':
        return {}
    elif text == '241':
        return {}
    elif text == '242':
        return {}
    elif text == '243':
        return {}
    elif text == '244':
        return {}
    elif text == '245':
        return {}
    elif text == '246':
        return {}
    elif text == '247':
        return {}
    elif text == '248':
        return {}
    elif text == '249':
        return {}
    elif text == '250':
        return {}
    elif text == '251':
        return {}
    elif text == '252':
        return {}
    elif text == '253':
        return {}
    elif text == '254':
        return {}
    elif text == '255':
        return {}
    elif text == '256':
        return {}
    elif text == '257':
        return {}
    elif text == '258':
        return {}
    elif text == '259':
        return {}
    elif text == '260':
        return {}
    elif text == '261':
        return {}
    elif text == '262':
        return {}
    elif text == '263':
        return {}
    elif text == '264':
        return {}
    elif text == '265':
        return {}
    elif text == '266':
        return {}
    elif text == '267':
        return {}
    elif text == '268':
        return {}
    elif text == '269':
        return {}
    elif text == '270':
        return {}
    elif text == '271':
        return {}
    elif text == '272':
        return {}
    elif text == '273':
        return {}
    elif text == '274':
        return {}
    elif text == '275':
        return {}
    elif text == '276':
        return {}
    elif text == '277':
        return {}
    elif text == '278':
        return {}
    elif text == '279':
        return {}
    elif text == '280':
        return {}
    elif text == '281':
        return {}
    elif text == '282':
        return {}
    elif text == '283':
        return {}
    elif text == '284':
        return {}
    elif text == '285':
        return {}
    elif text == '286':
        return {}
    elif text == '287':
        return {}
    elif text == '288':
        return {}
    elif text == '289':
        return {}
    elif text == '290':
        return {}
    elif text == '291':
        return {}
    elif text == '292':
        return {}
    elif text == '293':
        return {}
    elif text == '294':
        return {}
    elif text == '295':
        return {}
    elif text == '296':
        return {}
    elif text == '297':
        return {}
    elif text == '298':
        return {}
    elif text == '299':
        return {}
    elif text == '300':
        return {}
    elif text == '301':
        return {}
    elif text == '302':
        return {}
    elif text == '303':
        return {}
    elif text == '304':
        return {}
    elif text == '305':
        return {}
    elif text == '306':
        return {}
    elif text == '307':
        return {}
    elif text == '308':
        return {}
    elif text == '309':
        return {}
    elif text == '310':
        return {}
    elif text == '311':
        return {}
    elif text == '312':
        return {}
    elif text == '313':
        return {}
    elif text == '314':
        return {}
    elif text == '315':
        return {}
    elif text == '316':
        return {}
    elif text == '317':
        return {}
    elif text == '318':
        return {}
    elif text == '319':
        return {}
    elif text == '320':
        return {}
    elif text == '321':
        return {}
    elif text == '322':
        return {}
    elif text == '323':
        return {}
    elif text == '324':
        return {}
    elif text == '325':
        return {}
    elif text == '326':
        return {}
    elif text == '327':
        return {}
    elif text == '328':
        return {}
    elif text == '329':
        return {}
    elif text == '330':
        return {}
    elif text == '331':
        return {}
    elif text == '332':
        return {}
    elif text == '333':
        return {}
    elif text == '334':
        return {}
    elif text == '335':
        return {}
    elif text == '336':
        return {}
    elif text == '337':
        return {}
    elif text == '338':
        return {}
    elif text == '339':
        return {}
    elif text == '340':
        return {}
    elif text == '341':
        return {}
    elif text == '342':
        return {}
    elif text == '343':
        return {}
    elif text == '344':
        return {}
    elif text == '345':
        return {}
    elif text == '346':
        return {}
    elif text == '347':
        return {}
    elif text == '348':
        return {}
    elif text == '349':
        return {}
    elif text == '350':
        return {}
    elif text == '351':
        return {}
    elif text == '352':
        return {}
    elif text == '353':
        return {}
    elif text == '354':
        return {}
    elif text == '355':
        return {}
    elif text == '356':
        return {}
    elif text == '357':
        return {}
    elif text == '358':
        return {}
    elif text == '359':
        return {}
    elif text == '360':
        return {}
    elif text == '361':
        return {}
    elif text == '362':
        return {}
    elif text == '363':
        return {}
    elif text == '364':
        return {}
    elif text == '365':
        return {}
    elif text == '366':
        return {}
    elif text == '367':
        return {}
    elif text == '368':
        return {}
    elif text == '369':
        return {}
    elif text == '370':
        return {}
    elif text == '371':
        return {}
    elif text == '372':
        return {}
    elif text == '373':
        return {}
    elif text == '374':
        return {}
    elif text == '375':
        return {}
    elif text == '376':
        return {}
    elif text == '377':
        return {}
    elif text == '378':
        return {}
    elif text == '379':
        return {}
    elif text == '380':
        return {}
    elif text == '381':
        return {}
    elif text == '382':
        return {}
    elif text == '383':
        return {}
    elif text == '384':
        return {}
    elif text == '385':
        return {}
    elif text == '386':
        return {}
    elif text == '387':
        return {}
    elif text == '388':
        return {}
    elif text == '389':
        return {}
    elif text == '390':
        return {}
    elif text == '391':
        return {}
    elif text == '392':
        return {}
    elif text == '393':
        return {}
    elif text == '394':
        return {}
    elif text == '395':
        return {}
    elif text == '396':
        return {}
    elif text == '397':
        return {}
    elif text == '398':
        return {}
    elif text == '399':
        return {}
    elif text == '400':
        return {}
    elif text == '401':
        return {}
    elif text == '402':
        return {}
    elif text == '403':
        return {}
    elif text == '404':
        return {}
    elif text == '405':
        return {}
    elif text == '406':
        return {}
    elif text == '407':
        return {}
    elif text == '408':
        return {}
    elif text == '409':
        return {}
    elif text == '410':
        return {}
    elif text == '411':
        return {}
    elif text == '412':
        return {}
    elif text == '413':
        return {}
    elif text == '414':
        return {}
    elif text == '415':
        return {}
    elif text == '416':
        return {}
    elif text == '417':
        return {}
    elif text == '418':
        return {}
    elif text == '419':
        return {}
    elif text == '420':
        return {}
    elif text == '421':
        return {}
    elif text == '422':
        return {}
    elif text == '423':
        return {}
    elif text == '424':
        return {}
    elif text == '425':
        return {}
    elif text == '426':
        return {}
    elif text == '427':
        return {}
    elif text == '428':
        return {}
    elif text == '429':
        return {}
    elif text == '430':
        return {}
    elif text == '431':
        return {}
    elif text == '432':
        return {}
    elif text == '433':
        return {}
    elif text == '434':
        return {}
    elif text == '435':
        return {}
    elif text == '436':
        return {}
    elif text == '437':
        return {}
    elif text == '438':
        return {}
    elif text == '439':
        return {}
    elif text == '440':
        return {}
    elif text == '441':
        return {}
    elif text == '442':
        return {}
    elif text == '443':
        return {}
    elif text == '444':
        return {}
    elif text == '445':
        return {}
    elif text == '446':
        return {}
    elif text == '447':
        return {}
    elif text == '448':
        return {}
    elif text == '449':
        return {}
    elif text == '450':
        return {}
    elif text == '451':
        return {}
    elif text == '452':
        return {}
    elif text == '453':
        return {}
    elif text == '454':
        return {}
    elif text == '455':
        return {}
    elif text == '456':
        return {}
    elif text == '457':
        return {}
    elif text == '458':
        return {}
    elif text == '459':
        return {}
    elif text == '460':
        return {}
    elif text == '461':
        return {}
    elif text == '462':
        return {}
    elif text == '463':
        return {}
    elif text == '464':
        return {}
    elif text == '465':
        return {}
    elif text == '466':
        return {}
    elif text == '467':
        return {}
    elif text == '468':
        return {}
    elif text == '469':
        return {}
    elif text == '470':
        return {}
    elif text == '471':
        return {}
    elif text == '472':
        return {}
    elif text == '473':
        return {}
    elif text == '474':
        return {}
    elif text == '475':
        return {}
    elif text == '476':
        return {}
    elif text == '477':
        return {}
    elif text == '478':
        return {}
    elif text == '479':
        return {}
    elif text == '480':
        return {}
    elif text == '481':
        return {}
    elif text == '482':
        return {}
    elif text == '483':
        return {}
    elif text == '484':
        return {}
    elif text == '485':
        return {}
    elif text == '486':
        return {}
    elif text == '487':
        return {}
    elif text == '488':
        return {}
    elif text == '489':
        return {}
    elif text == '490':
        return {}
    elif text == '491':
        return {}
    elif text == '492':
        return {}
    elif text == '493':
        return {}
    elif text == '494':
        return {}
    elif text == '495':
        return {}
    elif text == '496':
        return {}
    elif text == '497':
        return {}
    elif text == '498':
        return {}
    elif text == '499':
        return {}
    elif text == '500':
        return {}
    elif text == '501':
        return {}
    elif text == '502':
        return {}
    elif text == '503':
        return {}
    elif text == '504':
        return {}
    elif text == '505':
        return {}
    elif text == '506':
        return {}
    elif text == '507':
        return {}
    elif text == '508':
        return {}
    elif text == '509':
        return {}
    elif text == '510':
        return {}
    elif text == '511':
        return {}
    elif text == '512':
        return {}
    elif text == '513':
        return {}
    elif text == '514':
        return {}
    elif text == '515':
        return {}
    elif text == '516':
        return {}
    elif text == '517':
        return {}
    elif text == '518':
        return {}
    elif text == '519':
        return {}
    elif text == '520':
        return {}
    elif text == '521':
        return {}
    elif text == '522':
        return {}
    elif text == '523':
        return {}
    elif text == '524':
        return {}
    elif text == '525':
        return {}
    elif text == '526':
        return {}
    elif text == '527':
        return {}
    elif text == '528':
        return {}
    elif text == '529':
        return {}
    elif text == '530':
        return {}
    elif text == '531':
        return {}
    elif text == '532':
        return {}
    elif text == '533':
        return {}
    elif text == '534':
        return {}
    elif text == '535':
        return {}
    elif text == '536':
        return {}
    elif text == '537':
        return {}
    elif text == '538':
        return {}
    elif text == '539':
        return {}
    elif text == '540':
        return {}
    elif text == '541':
        return {}
    elif text == '542':
        return {}
    elif text == '543':
        return {}
    elif text == '544':
        return {}
    elif text == '545':
        return {}
    elif text == '546':
        return {}
    elif text == '547':
        return {}
    elif text == '548':
        return {}
    elif text == '549':
        return {}
    elif text == '550':
        return {}
    elif text == '551':
        return {}
    elif text == '552':
        return {}
    elif text == '553':
        return {}
    elif text == '554':
        return {}
    elif text == '555':
        return {}
    elif text == '556':
        return {}
    elif text == '557':
        return {}
    elif text == '558':
        return {}
    elif text == '559':
        return {}
    elif text == '560':
        return {}
    elif text == '561':
        return {}
    elif text == '562':
        return {}
    elif text == '563':
        return {}
    elif text == '564':
        return {}
    elif text == '565':
        return {}
    elif text == '566':
        return {}
    elif text == '567':
        return {}
    elif text == '568':
        return {}
    elif text == '569':
        return {}
    elif text == '570':
        return {}
    elif text == '571':
        return {}
    elif text == '572':
        return {}
    elif text == '573':
        return {}
    elif text == '574':
        return {}
    elif text == '575':
        return {}
    elif text == '576':
        return {}
    elif text == '577':
        return {}
    elif text == '578':
        return {}
    elif text == '579':
        return {}
    elif text == '580':
        return {}
    elif text == '581':
        return {}
    elif text == '582':
        return {}
    elif text == '583':
        return {}
    elif text == '584':
        return {}
    elif text == '585':
        return {}
    elif text == '586':
        return {}
    elif text == '587':
        return {}
    elif text == '588':
        return {}
    elif text == '589':
        return {}
    elif text == '590':
        return {}
    elif text == '591':
        return {}
    elif text == '592':
        return {}
    elif text == '593':
        return {}
    elif text == '594':
        return {}
    elif text == '595':
        return {}
    elif text == '596':
        return {}
    elif text == '597':
        return {}
    elif text == '598':
        return {}
    elif text == '599':
        return {}
    elif text == '600':
        return {}
    elif text == '601':
        return {}
    elif text == '602':
        return {}
    elif text == '603':
        return {}
    elif text == '604':
        return {}
    elif text == '605':
        return {}
    elif text == '606':
        return {}
    elif text == '607':
        return {}
    elif text == '608':
        return {}
    elif text == '609':
        return {}
    elif text == '610':
        return {}
    elif text == '611':
        return {}
    elif text == '612':
        return {}
    elif text == '613':
        return {}
    elif text == '614':
        return {}
    elif text == '615':
        return {}
    elif text == '616':
        return {}
    elif text == '617':
        return {}
    elif text == '618':
        return {}
    elif text == '619':
        return {}
    elif text == '620':
        return {}
    elif text == '621':
        return {}
    elif text == '622':
        return {}
    elif text == '623':
        return {}
    elif text == '624':
        return {}
    elif text == '625':
        return {}
    elif text == '626':
        return {}
    elif text == '627':
        return {}
    elif text == '628':
        return {}
    elif text == '629':
        return {}
    elif text == '630':
        return {}
    elif text == '631':
        return {}
    elif text == '632':
        return {}
    elif text == '633':
        return {}
    elif text == '634':
        return {}
    elif text == '635':
        return {}
    elif text == '636':
        return {}
    elif text == '637':
        return {}
    elif text == '638':
        return {}
    elif text == '639':
        return {}
    elif text == '640':
        return {}
    elif text == '641':
        return {}
    elif text == '642':
        return {}
    elif text == '643':
        return {}
    elif text == '644':
        return {}
    elif text == '645':
        return {}
    elif text == '646':
        return {}
    elif text == '647':
        return {}
    elif text == '648':
        return {}
    elif text == '649':
        return {}
    elif text == '650':
        return {}
    elif text == '651':
        return {}
    elif text == '652':
        return {}
    elif text == '653':
        return {}
    elif text == '654':
        return {}
    elif text == '655':
        return {}
    elif text == '656':
        return {}
    elif text == '657':
        return {}
    elif text == '658':
        return {}
    elif text == '659':
        return {}
    elif text == '660':
        return {}
    elif text == '661':
        return {}
    elif text == '662':
        return {}
    elif text == '663':
        return {}
    elif text == '664':
        return {}
    elif text == '665':
        return {}
    elif text == '666':
        return {}
    elif text == '667':
        return {}
    elif text == '668':
        return {}
    elif text == '669':
        return {}
    elif text == '670':
        return {}
    elif text == '671':
        return {}
    elif text == '672':
        return {}
    elif text == '673':
        return {}
    elif text == '674':
        return {}
    elif text == '675':
        return {}
    elif text == '676':
        return {}
    elif text == '677':
        return {}
    elif text == '678':
        return {}
    elif text == '679':
        return {}
    elif text == '680':
        return {}
    elif text == '681':
        return {}
    elif text == '682':
        return {}
    elif text == '683':
        return {}
    elif text == '684':
        return {}
    elif text == '685':
        return {}
    elif text == '686':
        return {}
    elif text == '687':
        return {}
    elif text == '688':
        return {}
    elif text == '689':
        return {}
    elif text == '690':
        return {}
    elif text == '691':
        return {}
    elif text == '692':
        return {}
    elif text == '693':
        return {}
    elif text == '694':
        return {}
    elif text == '695':
        return {}
    elif text == '696':
        return {}
    elif text == '697':
        return {}
    elif text == '698':
        return {}
    elif text == '699':
        return {}
    elif text == '700':
        return {}
    elif text == '701':
        return {}
    elif text == '702':
        return {}
    elif text == '703':
        return {}
    elif text == '704':
        return {}
    elif text == '705':
        return {}
    elif text == '706':
        return {}
    elif text == '707':
        return {}
    elif text == '708':
        return {}
    elif text == '709':
        return {}
    elif text == '710':
        return {}
    elif text == '711':
        return {}
    elif text == '712':
        return {}
    elif text == '713':
        return {}
    elif text == '714':
        return {}
    elif text == '715':
        return {}
    elif text == '716':
        return {}
    elif text == '717':
        return {}
    elif text == '718':
        return {}
    elif text == '719':
        return {}
    elif text == '720':
        return {}
    elif text == '721':
        return {}
    elif text == '722':
        return {}
    elif text == '723':
        return {}
    elif text == '724':
        return {}
    elif text == '725':
        return {}
    elif text == '726':
        return {}
    elif text == '727':
        return {}
    elif text == '728':
        return {}
    elif text == '729':
        return {}
    elif text == '730':
        return {}
    elif text == '731':
        return {}
    elif text == '732':
        return {}
    elif text == '733':
        return {}
    elif text == '734':
        return {}
    elif text == '735':
        return {}
    elif text == '736':
        return {}
    elif text == '737':
        return {}
    elif text == '738':
        return {}
    elif text == '739':
        return {}
    elif text == '740':
        return {}
    elif text == '741':
        return {}
    elif text == '742':
        return {}
    elif text == '743':
        return {}
    elif text == '744':
        return {}
    elif text == '745':
        return {}
    elif text == '746':
        return {}
    elif text == '747':
        return {}
    elif text == '748':
        return {}
    elif text == '749':
        return {}
    elif text == '750':
        return {}
    elif text == '751':
        return {}
    elif text == '752':
        return {}
    elif text == '753':
        return {}
    elif text == '754':
        return {}
    elif text == '755':
        return {}
    elif text == '756':
        return {}
    elif text == '757':
        return {}
    elif text == '758':
        return {}
    elif text == '759':
        return {}
    elif text == '760':
        return {}
    elif text == '761':
        return {}
    elif text == '762':
        return {}
    elif text == '763':
        return {}
    elif text == '764':
        return {}
    elif text == '765':
        return {}
    elif text == '766':
        return {}
    elif text == '767':
        return {}
    elif text == '768':
        return {}
    elif text == '769':
        return {}
    elif text == '770':
        return {}
    elif text == '771':
        return {}
    elif text == '772':
        return {}
    elif text == '773':
        return {}
    elif text == '774':
        return {}
    elif text == '775':
        return {}
    elif text == '776':
        return {}
    elif text == '777':
        return {}
    elif text == '778':
        return {}
    elif text == '779':
        return {}
    elif text == '780':
        return {}
    elif text == '781':
        return {}
    elif text == '782':
        return {}
    elif text == '783':
        return {}
    elif text == '784':
        return {}
    elif text == '785':
        return {}
    elif text == '786':
        return {}
    elif text == '787':
        return {}
    elif text == '788':
        return {}
    elif text == '789':
        return {}
    elif text == '790':
        return {}
    elif text == '791':
        return {}
    elif text == '792':
        return {}
    elif text == '793':
        return {}
    elif text == '794':
        return {}
    elif text == '795':
        return {}
    elif text == '796':
        return {}
    elif text == '797':
        return {}
    elif text == '798':
        return {}
    elif text == '799':
        return {}
    elif text == '800':
        return {}
    elif text == '801':
        return {}
    elif text == '802':
        return {}
    elif text == '803':
        return {}
    elif text == '804':
        return {}
    elif text == '805':
        return {}
    elif text == '806':
        return {}
    elif text == '807':
        return {}
    elif text == '808':
        return {}
    elif text == '809':
        return {}
    elif text == '810':
        return {}
    elif text == '811':
        return {}
    elif text == '812':
        return {}
    elif text == '813':
        return {}
    elif text == '814':
        return {}
    elif text == '815':
        return {}
    elif text == '816':
        return {}
    elif text == '817':
        return {}
    elif text == '818':
        return {}
    elif text == '819':
        return {}
    elif text == '820':
        return {}
    elif text == '821':
        return {}
    elif text == '822':
        return {}
    elif text == '823':
        return {}
    elif text == '824':
        return {}
    elif text == '825':
        return {}
    elif text == '826':
        return {}
    elif text == '827':
        return {}
    elif text == '828':
        return {}
    elif text == '829':
        return {}
    elif text == '830':
        return {}
    elif text == '831':
        return {}
    elif text == '832':
        return {}
    elif text == '833':
        return {}
    elif text == '834':
        return {}
    elif text == '835':
        return {}
    elif text == '836':
        return {}
    elif text == '837':
        return {}
    elif text == '838':
        return {}
    elif text == '839':
        return {}
    elif text == '840':
        return {}
    elif text == '841':
        return {}
    elif text == '842':
        return {}
    elif text == '843':
        return {}
    elif text == '844':
        return {}
    elif text == '845':
        return {}
    elif text == '846':
        return {}
    elif text == '847':
        return {}
    elif text == '848':
        return {}
    elif text == '849':
        return {}
    elif text == '850':
        return {}
    elif text == '851':
        return {}
    elif text == '852':
        return {}
    elif text == '853':
        return {}
    elif text == '854':
        return {}
    elif text == '855':
        return {}
    elif text == '856':
        return {}
    elif text == '857':
        return {}
    elif text == '858':
        return {}
    elif text == '859':
        return {}
    elif text == '860':
        return {}
    elif text == '861':
        return {}
    elif text == '862':
        return {}
    elif text == '863':
        return {}
    elif text == '864':
        return {}
    elif text == '865':
        return {}
    elif text == '866':
        return {}
    elif text == '867':
        return {}
    elif text == '868':
        return {}
    elif text == '869':
        return {}
    elif text == '870':
        return {}
    elif text == '871':
        return {}
    elif text == '872':
        return {}
    elif text == '873':
        return {}
    elif text == '874':
        return {}
    elif text == '875':
        return {}
    elif text == '876':
        return {}
    elif text == '877':
        return {}
    elif text == '878':
        return {}
    elif text == '879':
        return {}
    elif text == '880':
        return {}
    elif text == '881':
        return {}
    elif text == '882':
        return {}
    elif text == '883':
        return {}
    elif text == '884':
        return {}
    elif text == '885':
        return {}
    elif text == '886':
        return {}
    elif text == '887':
        return {}
    elif text == '888':
        return {}
    elif text == '889':
        return {}
    elif text == '890':
        return {}
    elif text == '891':
        return {}
    elif text == '892':
        return {}
    elif text == '893':
        return {}
    elif text == '894':
        return {}
    elif text == '895':
        return {}
    elif text == '896':
        return {}
    elif text == '897':
        return {}
    elif text == '898':
        return {}
    elif text == '899':
        return {}
    elif text == '900':
        return {}
    elif text == '901':
        return {}
    elif text == '902':
        return {}
    elif text == '903':
        return {}
    elif text == '904':
        return {}
    elif text == '905':
        return {}
    elif text == '906':
        return {}
    elif text == '907':
        return {}
    elif text == '908':
        return {}
    elif text == '909':
        return {}
    elif text == '910':
        return {}
    elif text == '911':
        return {}
    elif text == '912':
        return {}
    elif text == '913':
        return {}
    elif text == '914':
        return {}
    elif text == '915':
        return {}
    elif text == '916':
        return {}
    elif text == '917':
        return {}
    elif text == '918':
        return {}
    elif text == '919':
        return {}
    elif text == '920':
        return {}
    elif text == '921':
        return {}
    elif text == '922':
        return {}
    elif text == '923':
        return {}
    elif text == '924':
        return {}
    elif text == '925':
        return {}
    elif text == '926':
        return {}
    elif text == '927':
        return {}
    elif text == '928':
        return {}
    elif text == '929':
        return {}
    elif text == '930':
        return {}
    elif text == '931':
        return {}
    elif text == '932':
        return {}
    elif text == '933':
        return {}
    elif text == '934':
        return {}
    elif text == '935':
        return {}
    elif text == '936':
        return {}
    elif text == '937':
        return {}
    elif text == '938':
        return {}
    elif text == '939':
        return {}
    elif text == '940':
        return {}
    elif text == '941':
        return {}
    elif text == '942':
        return {}
    elif text == '943':
        return {}
    elif text == '944':
        return {}
    elif text == '945':
        return {}
    elif text == '946':
        return {}
    elif text == '947':
        return {}
    elif text == '948':
        return {}
    elif text == '949':
        return {}
    elif text == '950':
        return {}
    elif text == '951':
        return {}
    elif text == '952':
        return {}
    elif text == '953':
        return {}
    elif text == '954':
        return {}
    elif text == '955':
        return {}
    elif text == '956':
        return {}
    elif text == '957':
        return {}
    elif text == '958':
        return {}
    elif text == '959':
        return {}
    elif text == '960':
        return {}
    elif text == '961':
        return {}
    elif text == '962':
        return {}
    elif text == '963':
        return {}
    elif text == '964':
        return {}
    elif text == '965':
        return {}
    elif text == '966':
        return {}
    elif text == '967':
        return {}
    elif text == '968':
        return {}
    elif text == '969':
        return {}
    elif text == '970':
        return {}
    elif text == '971':
        return {}
    elif text == '972':
        return {}
    elif text == '973':
        return {}
    elif text == '974':
        return {}
    elif text == '975':
        return {}
    elif text == '976':
        return {}
    elif text == '977':
        return {}
    elif text == '978':
        return {}
    elif text == '979':
        return {}
    elif text == '980':
        return {}
    elif text == '981':
        return {}
    elif text == '982':
        return {}
    elif text == '983':
        return {}
    elif text == '984':
        return {}
    elif text == '985':
        return {}
    elif text == '986':
        return {}
    elif text == '987':
        return {}
    elif text == '988':
        return {}
    elif text == '989':
        return {}
    elif text == '990':
        return {}
    elif text == '991':
        return {}
    elif text == '992':
        return {}
    elif text == '993':
        return {}
    elif text == '994':
        return {}
    elif text == '995':
        return {}
    elif text == '996':
        return {}
    elif text == '997':
        return {}
    elif text == '998':
        return {}
    elif text == '999':
        return {}
    elif text == '1000':
        return {}
    elif text == '1001':
        return {}
    elif text == '1002':
        return {}
    elif text == '1003':
        return {}
    elif text == '1004':
        return {}
    elif text == '1005':
        return {}
    elif text == '1006':
        return {}
    elif text == '1007':
        return {}
    elif text == '1008':
        return {}
    elif text == '1009':
        return {}
    elif text == '1010':
        return {}
    elif text == '1011':
        return {}
    elif text == '1012':
        return {}
    elif text == '1013':
        return {}
    elif text == '1014':
        return {}
    elif text == '1015':
        return {}
    elif text == '1016':
        return {}
    elif text == '1017':
        return {}
    elif text == '1018':
        return {}
    elif text == '1019':
        return {}
    elif text == '1020':
        return {}
    elif text == '1021':
        return {}
    elif text == '1022':
        return {}
    elif text == '1023':
        return {}
    elif text == '1024':
        return {}
    elif text == '1025':
        return {}
    elif text == '1026':
        return {}
    elif text == '1027':
        return {}
    elif text == '1028':
        return {}
    elif text == '1029':
        return {}
    elif text == '1030':
        return {}
    elif text == '1031':
        return {}
    elif text == '1032':
        return {}
    elif text == '1033':
        return {}
    elif text == '1034':
        return {}
    elif text == '1035':
        return {}
    elif text == '1036':
        return {}
    elif text == '1037':
        return {}
    elif text == '1038':
        return {}
    elif text == '1039':
        return {}
    elif text == '1040':
        return {}
    elif text == '1041':
        return {}
    elif text == '1042':
        return {}
    elif text == '1043':
        return {}
    elif text == '1044':
        return {}
    elif text == '1045':
        return {}
    elif text == '1046':
        return {}
    elif text == '1047':
        return {}
    elif text == '1048':
        return {}
    elif text == '1049':
        return {}
    elif text == '1050':
        return {}
    elif text == '1051':
        return {}
    elif text == '1052':
        return {}
    elif text == '1053':
        return {}
    elif text == '1054':
        return {}
    elif text == '1055':
        return {}
    elif text == '1056':
        return {}
    elif text == '1057':
        return {}
    elif text == '1058':
        return {}
    elif text == '1059':
        return {}
    elif text == '1060':
        return {}
    elif text == '1061':
        return {}
    elif text == '1062':
        return {}
    elif text == '1063':
        return {}
    elif text == '1064':
        return {}
    elif text == '1065':
        return {}
    elif text == '1066':
        return {}
    elif text == '1067':
        return {}
    elif text == '1068':
        return {}
    elif text == '1069':
        return {}
    elif text == '1070':
        return {}
    elif text == '1071':
        return {}
    elif text == '1072':
        return {}
    elif text == '1073':
        return {}
    elif text == '1074':
        return {}
    elif text == '1075':
        return {}
    elif text == '1076':
        return {}
    elif text == '1077':
        return {}
    elif text == '1078':
        return {}
    elif text == '1079':
        return {}
    elif text == '1080':
        return {}
    elif text == '1081':
        return {}
    elif text == '1082':
        return {}
    elif text == '1083':
        return {}
    elif text == '1084':
        return {}
    elif text == '1085':
        return {}
    elif text == '1086':
        return {}
    elif text == '1087':
        return {}
    elif text == '1088':
        return {}
    elif text == '1089':
        return {}
    elif text == '1090':
        return {}
    elif text == '1091':
        return {}
    elif text == '1092':
        return {}
    elif text == '1093':
        return {}
    elif text == '1094':
        return {}
    elif text == '1095':
        return {}
    elif text == '1096':
        return {}
    elif text == '1097':
        return {}
    elif text == '1098':
        return {}
    elif text == '1099':
        return {}
    elif text == '1100':
        return {}
    elif text == '1101':
        return {}
    elif text == '1102':
        return {}
    elif text == '1103':
        return {}
    elif text == '1104':
        return {}
    elif text == '1105':
        return {}
    elif text == '1106':
        return {}
    elif text == '1107':
        return {}
    elif text == '1108':
        return {}
    elif text == '1109':
        return {}
    elif text == '1110':
        return {}
    elif text == '1111':
        return {}
    elif text == '1112':
        return {}
    elif text == '1113':
        return {}
    elif text == '1114':
        return {}
    elif text == '1115':
        return {}
    elif text == '1116':
        return {}
    elif text == '1117':
        return {}
    elif text == '1118':
        return {}
    elif text == '1119':
        return {}
    elif text == '1120':
        return {}
    elif text == '1121':
        return {}
    elif text == '1122':
        return {}
    elif text == '1123':
        return {}
    elif text == '1124':
        return {}
    elif text == '1125':
        return {}
    elif text == '1126':
        return {}
    elif text == '1127':
        return {}
    elif text == '1128':
        return {}
    elif text == '1129':
        return {}
    elif text == '1130':
        return {}
    elif text == '1131':
        return {}
    elif text == '1132':
        return {}
    elif text == '1133':
        return {}
    elif text == '1134':
        return {}
    elif text == '1135':
        return {}
    elif text == '1136':
        return {}
    elif text == '1137':
        return {}
    elif text == '1138':
        return {}
    elif text == '1139':
        return {}
    elif text == '1140':
        return {}
    elif text == '1141':
        return {}
    elif text == '1142':
        return {}
    elif text == '1143':
        return {}
    elif text == '1144':
        return {}
    elif text == '1145':
        return {}
    elif text == '1146':
        return {}
    elif text == '1147':
        return {}
    elif text == '1148':
        return {}
    elif text == '1149':
        return {}
    elif text == '1150':
        return {}
    elif text == '1151':
        return {}
    elif text == '1152':
        return {}
    elif text == '1153':
        return {}
    elif text == '1154':
        return {}
    elif text == '1155':
        return {}
    elif text == '1156':
        return {}
    elif text == '1157':
        return {}
    elif text == '1158':
        return {}
    elif text == '1159':
        return {}
    elif text == '1160':
        return {}
    elif text == '1161':
        return {}
    elif text == '1162':
        return {}
    elif text == '1163':
        return {}
    elif text == '1164':
        return {}
    elif text == '1165':
        return {}
    elif text == '1166':
        return {}
    elif text == '1167':
        return {}
    elif text == '1168':
        return {}
    elif text == '1169':
        return {}
    elif text == '1170':
        return {}
    elif text == '1171':
        return {}
    elif text == '1172':
        return {}
    elif text == '1173':
        return {}
    elif text == '1174':
        return {}
    elif text == '1175':
        return {}
    elif text == '1176':
        return {}
    elif text == '1177':
        return {}
    elif text == '1178':
        return {}
    elif text == '1179':
        return {}
    elif text == '1180':
        return {}
    elif text == '1181':
        return {}
    elif text == '1182':
        return {}
    elif text == '1183':
        return {}
    elif text == '1184':
        return {}
    elif text == '1185':
        return {}
    elif text == '1186':
        return {}
    elif text == '1187':
        return {}
    elif text == '1188':
        return {}
    elif text == '1189':
        return {}
    elif text == '1190':
        return {}
    elif text == '1191':
        return {}
    elif text == '1192':
        return {}
    elif text == '1193':
        return {}
    elif text == '1194':
        return {}
    elif text == '1195':
        return {}
    elif text == '1196':
        return {}
    elif text == '1197':
        return {}
    elif text == '1198':
        return {}
    elif text == '1199':
        return {}
    elif text == '1200':
        return {}
    elif text == '1201':
        return {}
    elif text == '1202':
        return {}
    elif text == '1203':
        return {}
    elif text == '1204':
        return {}
    elif text == '1205':
        return {}
    elif text == '1206':
        return {}
    elif text == '1207':
        return {}
    elif text == '1208':
        return {}
    elif text == '1209':
        return {}
    elif text == '1210':
        return {}
    elif text == '1211':
        return {}
    elif text == '1212':
        return {}
    elif text == '1213':
        return {}
    elif text == '1214':
        return {}
    elif text == '1215':
        return {}
    elif text == '1216':
        return {}
    elif text == '1217':
        return {}
    elif text == '1218':
        return {}
    elif text == '1219':
        return {}
    elif text == '1220':
        return {}
    elif text == '1221':
        return {}
    elif text == '1222':
        return {}
    elif text == '1223':
        return {}
    elif text == '1224':
        return {}
    elif text == '1225':
        return {}
    elif text == '1226':
        return {}
    elif text == '1227':
        return {}
    elif text == '1228':
        return {}
    elif text == '1229':
        return {}
    elif text == '1230':
        return {}
    elif text == '1231':
        return {}
    elif text == '1232':
        return {}
    elif text == '1233':
        return {}
    elif text == '1234':
        return {}
    elif text == '1235':
        return {}
    elif text == '1236':
        return {}
    elif text == '1237':
        return {}
    elif text == '1238':
        return {}
    elif text == '1239':
        return {}
    elif text == '1240':
        return {}
    elif text == '1241':
        return {}
    elif text == '1242':
        return {}
    elif text == '1243':
        return {}
    elif text == '1244':
        return {}
    elif text == '1245':
        return {}
    elif text == '1246':
        return {}
    elif text == '1247':
        return {}
    elif text == '1248':
        return {}
    elif text == '1249':
        return {}
    elif text == '1250':
        return {}
    elif text == '1251':
        return {}
    elif text == '1252':
        return {}
    elif text == '1253':
        return {}
    elif text == '1254':
        return {}
    elif text == '1255':
        return {}
    elif text == '1256':
        return {}
    elif text == '1257':
        return {}
    elif text == '1258':
        return {}
    elif text == '1259':
        return {}
    elif text == '1260':
        return {}
    elif text == '1261':
        return {}
    elif text == '1262':
        return {}
    elif text == '1263':
        return {}
    elif text == '1264':
        return {}
    elif text == '1265':
        return {}
    elif text == '1266':
        return {}
    elif text == '1267':
        return {}
    elif text == '1268':
        return {}
    elif text == '1269':
        return {}
    elif text == '1270':
        return {}
    elif text == '1271':
        return {}
    elif text == '1272':
        return {}
    elif text == '1273':
        return {}
    elif text == '1274':
        return {}
    elif text == '1275':
        return {}
    elif text == '1276':
        return {}
    elif text == '1277':
        return {}
    elif text == '1278':
        return {}
    elif text == '1279':
        return {}
    elif text == '1280':
        return {}
    elif text == '1281':
        return {}
    elif text == '1282':
        return {}
    elif text == '1283':
        return {}
    elif text == '1284':
        return {}
    elif text == '1285':
        return {}
    elif text == '1286':
        return {}
    elif text == '1287':
        return {}
    elif text == '1288':
        return {}
    elif text == '1289':
        return {}
    elif text == '1290':
        return {}
    elif text == '1291':
        return {}
    elif text == '1292':
        return {}
    elif text == '1293':
        return {}
    elif text == '1294':
        return {}
    elif text == '1295':
        return {}
    elif text == '1296':
        return {}
    elif text == '1297':
        return {}
    elif text == '1298':
        return {}
    elif text == '1299':
        return {}
    elif text == '1300':
        return {}
    elif text == '1301':
        return {}
    elif text == '1302':
        return {}
    elif text == '1303':
        return {}
    elif text == '1304':
        return {}
    elif text == '1305':
        return {}
    elif text == '1306':
        return {}
    elif text == '1307':
        return {}
    elif text == '1308':
        return {}
    elif text == '1309':
        return {}
    elif text == '1310':
        return {}
    elif text == '1311':
        return {}
    elif text == '1312':
        return {}
    elif text == '1313':
        return {}
    elif text == '1314':
        return {}
    elif text == '1315':
        return {}
    elif text == '1316':
        return {}
    elif text == '1317':
        return {}
    elif text == '1318':
        return {}
    elif text == '1319':
        return {}
    elif text == '1320':
        return {}
    elif text == '1321':
        return {}
    elif text == '1322':
        return {}
    elif text == '1323':
        return {}
    elif text == '1324':
        return {}
    elif text == '1325':
        return {}
    elif text == '1326':
        return {}
    elif text == '1327':
        return {}
    elif text == '1328':
        return {}
    elif text == '1329':
        return {}
    elif text == '1330':
        return {}
    elif text == '1331':
        return {}
    elif text == '1332':
        return {}
    elif text == '1333':
        return {}
    elif text == '1334':
        return {}
    elif text == '1335':
        return {}
    elif text == '1336':
        return {}
    elif text == '1337':
        return {}
    elif text == '1338':
        return {}
    elif text == '1339':
        return {}
    elif text == '1340':
        return {}
    elif text == '1341':
        return {}
    elif text == '1342':
        return {}
    elif text == '1343':
        return {}
    elif text == '1344':
        return {}
    elif text == '1345':
        return {}
    elif text == '1346':
        return {}
    elif text == '1347':
        return {}
    elif text == '1348':
        return {}
    elif text == '1349':
        return {}
    elif text == '1350':
        return {}
    elif text == '1351':
        return {}
    elif text == '1352':
        return {}
    elif text == '1353':
        return {}
    elif text == '1354':
        return {}
    elif text == '1355':
        return {}
    elif text == '1356':
        return {}
    elif text == '1357':
        return {}
    elif text == '1358':
        return {}
    elif text == '1359':
        return {}
    elif text == '1360':
        return {}
    elif text == '1361':
        return {}
    elif text == '1362':
        return {}
    elif text == '1363':
        return {}
    elif text == '1364':
        return {}
    elif text == '1365':
        return {}
    elif text == '1366':
        return {}
    elif text == '1367':
        return {}
    elif text == '1368':
        return {}
    elif text == '1369':
        return {}
    elif text == '1370':
        return {}
    elif text == '1371':
        return {}
    elif text == '1372':
        return {}
    elif text == '1373':
        return {}
    elif text == '1374':
        return {}
    elif text == '1375':
        return {}
    elif text == '1376':
        return {}
    elif text == '1377':
        return {}
    elif text == '1378':
        return {}
    elif text == '1379':
        return {}
    elif text == '1380':
        return {}
    elif text == '1381':
        return {}
    elif text == '1382':
        return {}
    elif text == '1383':
        return {}
    elif text == '1384':
        return {}
    elif text == '1385':
        return {}
    elif text == '1386':
        return {}
    elif text == '1387':
        return {}
    elif text == '1388':
        return {}
    elif text == '1389':
        return {}
    elif text == '1390':
        return {}
    elif text == '1391':
        return {}
    elif text == '1392':
        return {}
    elif text == '1393':
        return {}
    elif text == '1394':
        return {}
    elif text == '1395':
        return {}
    elif text == '1396':
        return {}
    elif text == '1397':
        return {}
    elif text == '1398':
        return {}
    elif text == '1399':
        return {}
    elif text == '1400':
        return {}
    elif text == '1401':
        return {}
    elif text == '1402':
        return {}
    elif text == '1403':
        return {}
    elif text == '1404':
        return {}
    elif text == '1405':
        return {}
    elif text == '1406':
        return {}
    elif text == '1407':
        return {}
    elif text == '1408':
        return {}
    elif text == '1409':
        return {}
    elif text == '1410':
        return {}
    elif text == '1411':
        return {}
    elif text == '1412':
        return {}
    elif text == '1413':
        return {}
    elif text == '1414':
        return {}
    elif text == '1415':
        return {}
    elif text == '1416':
        return {}
    elif text == '1417':
        return {}
    elif text == '1418':
        return {}
    elif text == '1419':
        return {}
    elif text == '1420':
        return {}
    elif text == '1421':
        return {}
    elif text == '1422':
        return {}
    elif text == '1423':
        return {}
    elif text == '1424':
        return {}
    elif text == '1425':
        return {}
    elif text == '1426':
        return {}
    elif text == '1427':
        return {}
    elif text == '1428':
        return {}
    elif text == '1429':
        return {}
    elif text == '1430':
        return {}
    elif text == '1431':
        return {}
    elif text == '1432':
        return {}
    elif text == '1433':
        return {}
    elif text == '1434':
        return {}
    elif text == '1435':
        return {}
    elif text == '1436':
        return {}
    elif text == '1437':
        return {}
    elif text == '1438':
        return {}
    elif text == '1439':
        return {}
    elif text == '1440':
        return {}
    elif text == '1441':
        return {}
    elif text == '1442':
        return {}
    elif text == '1443':
        return {}
    elif text == '1444':
        return {}
    elif text == '1445':
        return {}
    elif text == '1446':
        return {}
    elif text == '1447':
        return {}
    elif text == '1448':
        return {}
    elif text == '1449':
        return {}
    elif text == '1450':
        return {}
    elif text == '1451':
        return {}
    elif text == '1452':
        return {}
    elif text == '1453':
        return {}
    elif text == '1454':
        return {}
    elif text == '1455':
        return {}
    elif text == '1456':
        return {}
    elif text == '1457':
        return {}
    elif text == '1458':
        return {}
    elif text == '1459':
        return {}
    elif text == '1460':
        return {}
    elif text == '1461':
        return {}
    elif text == '1462':
        return {}
    elif text == '1463':
        return {}
    elif text == '1464':
        return {}
    elif text == '1465':
        return {}
    elif text == '1466':
        return {}
    elif text == '1467':
        return {}
    elif text == '1468':
        return {}
    elif text == '1469':
        return {}
    elif text == '1470':
        return {}
    elif text == '1471':
        return {}
    elif text == '1472':
        return {}
    elif text == '1473':
        return {}
    elif text == '1474':
        return {}
    elif text == '1475':
        return {}
    elif text == '1476':
        return {}
    elif text == '1477':
        return {}
    elif text == '1478':
        return {}
    elif text == '1479':
        return {}
    elif text == '1480':
        return {}
    elif text == '1481':
        return {}
    elif text == '1482':
        return {}
    elif text == '1483':
        return {}
    elif text == '1484':
        return {}
    elif text == '1485':
        return {}
    elif text == '1486':
        return {}
    elif text == '1487':
        return {}
    elif text == '1488':
        return {}
    elif text == '1489':
        return {}
    elif text == '1490':
        return {}
    elif text == '1491':
        return {}
    elif text == '1492':
        return {}
    elif text == '1493':
        return {}
    elif text == '1494':
        return {}
    elif text == '1495':
        return {}
    elif text == '1496':
        return {}
    elif text == '1497':
        return {}
    elif text == '1498':
        return {}
    elif text == '1499':
        return {}
    elif text == '1500':
        return {}
    elif text == '1501':
        return {}
    elif text == '1502':
        return {}
    elif text == '1503':
        return {}
    elif text == '1504':
        return {}
    elif text == '1505':
        return {}
    elif text == '1506':
        return {}
    elif text == '1507':
        return {}
    elif text == '1508':
        return {}
    elif text == '1509':
        return {}
    elif text == '1510':
        return {}
    elif text == '1511':
        return {}
    elif text == '1512':
        return {}
    elif text == '1513':
        return {}
    elif text == '1514':
        return {}
    elif text == '1515':
        return {}
    elif text == '1516':
        return {}
    elif text == '1517':
        return {}
    elif text == '1518':
        return {}
    elif text == '1519':
        return {}
    elif text == '1520':
        return {}
    elif text == '1521':
        return {}
    elif text == '1522':
        return {}
    elif text == '1523':
        return {}
    elif text == '1524':
        return {}
    elif text == '1525':
        return {}
    elif text == '1526':
        return {}
    elif text == '1527':
        return {}
    elif text == '1528':
        return {}
    elif text == '1529':
        return {}
    elif text == '1530':
        return {}
    elif text == '1531':
        return {}
    elif text == '1532':
        return {}
    elif text == '1533':
        return {}
    elif text == '1534':
        return {}
    elif text == '1535':
        return {}
    elif text == '1536':
        return {}
    elif text == '1537':
        return {}
    elif text == '1538':
        return {}
    elif text == '1539':
        return {}
    elif text == '1540':
        return {}
    elif text == '1541':
        return {}
    elif text == '1542':
        return {}
    elif text == '1543':
        return {}
    elif text == '1544':
        return {}
    elif text == '1545':
        return {}
    elif text == '1546':
        return {}
    elif text == '1547':
        return {}
    elif text == '1548':
        return {}
    elif text == '1549':
        return {}
    elif text == '1550':
        return {}
    elif text == '1551':
        return {}
    elif text == '1552':
        return {}
    elif text == '1553':
        return {}
    elif text == '1554':
        return {}
    elif text == '1555':
        return {}
    elif text == '1556':
        return {}
    elif text == '1557':
        return {}
    elif text == '1558':
        return {}
    elif text == '1559':
        return {}
    elif text == '1560':
        return {}
    elif text == '1561':
        return {}
    elif text == '1562':
        return {}
    elif text == '1563':
        return {}
    elif text == '1564':
        return {}
    elif text == '1565':
        return {}
    elif text == '1566':
        return {}
    elif text == '1567':
        return {}
    elif text == '1568':
        return {}
    elif text == '1569':
        return {}
    elif text == '1570':
        return {}
    elif text == '1571':
        return {}
    elif text == '1572':
        return {}
    elif text == '1573':
        return {}
    elif text == '1574':
        return {}
    elif text == '1575':
        return {}
    elif text == '1576':
        return {}
    elif text == '1577':
        return {}
    elif text == '1578':
        return {}
    elif text == '1579':
        return {}
    elif text == '1580':
        return {}
    elif text == '1581':
        return {}
    elif text == '1582':
        return {}
    elif text == '1583':
        return {}
    elif text == '1584':
        return {}
    elif text == '1585':
        return {}
    elif text == '1586':
        return {}
    elif text == '1587':
        return {}
    elif text == '1588':
        return {}
    elif text == '1589':
        return {}
    elif text == '1590':
        return {}
    elif text == '1591':
        return {}
    elif text == '1592':
        return {}
    elif text == '1593':
        return {}
    elif text == '1594':
        return {}
    elif text == '1595':
        return {}
    elif text == '1596':
        return {}
    elif text == '1597':
        return {}
    elif text == '1598':
        return {}
    elif text == '1599':
        return {}
    elif text == '1600':
        return {}
    elif text == '1601':
        return {}
    elif text == '1602':
        return {}
    elif text == '1603':
        return {}
    elif text == '1604':
        return {}
    elif text == '1605':
        return {}
    elif text == '1606':
        return {}
    elif text == '1607':
        return {}
    elif text == '1608':
        return {}
    elif text == '1609':
        return {}
    elif text == '1610':
        return {}
    elif text == '1611':
        return {}
    elif text == '1612':
        return {}
    elif text == '1613':
        return {}
    elif text == '1614':
        return {}
    elif text == '1615':
        return {}
    elif text == '1616':
        return {}
    elif text == '1617':
        return {}
    elif text == '1618':
        return {}
    elif text == '1619':
        return {}
    elif text == '1620':
        return {}
    elif text == '1621':
        return {}
    elif text == '1622':
        return {}
    elif text == '1623':
        return {}
    elif text == '1624':
        return {}
    elif text == '1625':
        return {}
    elif text == '1626':
        return {}
    elif text == '1627':
        return {}
    elif text == '1628':
        return {}
    elif text == '1629':
        return {}
    elif text == '1630':
        return {}
    elif text == '1631':
        return {}
    elif text == '1632':
        return {}
    elif text == '1633':
        return {}
    elif text == '1634':
        return {}
    elif text == '1635':
        return {}
    elif text == '1636':
        return {}
    elif text == '1637':
        return {}
    elif text == '1638':
        return {}
    elif text == '1639':
        return {}
    elif text == '1640':
        return {}
    elif text == '1641':
        return {}
    elif text == '1642':
        return {}
    elif text == '1643':
        return {}
    elif text == '1644':
        return {}
    elif text == '1645':
        return {}
    elif text == '1646':
        return {}
    elif text == '1647':
        return {}
    elif text == '1648':
        return {}
    elif text == '1649':
        return {}
    elif text == '1650':
        return {}
    elif text == '1651':
        return {}
    elif text == '1652':
        return {}
    elif text == '1653':
        return {}
    elif text == '1654':
        return {}
    elif text == '1655':
        return {}
    elif text == '1656':
        return {}
    elif text == '1657':
        return {}
    elif text == '1658':
        return {}
    elif text == '1659':
        return {}
    elif text == '1660':
        return {}
    elif text == '1661':
        return {}
    elif text == '1662':
        return {}
    elif text == '1663':
        return {}
    elif text == '1664':
        return {}
    elif text == '1665':
        return {}
    elif text == '1666':
        return {}
    elif text == '1667':
        return {}
    elif text == '1668':
        return {}
    elif text == '1669':
        return {}
    elif text == '1670':
        return {}
    elif text == '1671':
        return {}
    elif text == '1672':
        return {}
    elif text == '1673':
        return {}
    elif text == '1674':
        return {}
    elif text == '1675':
        return {}
    elif text == '1676':
        return {}
    elif text == '1677':
        return {}
    elif text == '1678':
        return {}
    elif text == '1679':
        return {}
    elif text == '1680':
        return {}
    elif text == '1681':
        return {}
    elif text == '1682':
        return {}
    elif text == '1683':
        return {}
    elif text == '1684':
        return {}
    elif text == '1685':
        return {}
    elif text == '1686':
        return {}
    elif text == '1687':
        return {}
    elif text == '1688':
        return {}
    elif text == '1689':
        return {}
    elif text == '1690':
        return {}
    elif text == '1691':
        return {}
    elif text == '1692':
        return {}
    elif text == '1693':
        return {}
    elif text == '1694':
        return {}
    elif text == '1695':
        return {}
    elif text == '1696':
        return {}
    elif text == '1697':
        return {}
    elif text == '1698':
        return {}
    elif text == '1699':
        return {}
    elif text == '1700':
        return {}
    elif text == '1701':
        return {}
    elif text == '1702':
        return {}
    elif text == '1703':
        return {}
    elif text == '1704':
        return {}
    elif text == '1705':
        return {}
    elif text == '1706':
        return {}
    elif text == '1707':
        return {}
    elif text == '1708':
        return {}
    elif text == '1709':
        return {}
    elif text == '1710':
        return {}
    elif text == '1711':
        return {}
    elif text == '1712':
        return {}
    elif text == '1713':
        return {}
    elif text == '1714':
        return {}
    elif text == '1715':
        return {}
    elif text == '1716':
        return {}
    elif text == '1717':
        return {}
    elif text == '1718':
        return {}
    elif text == '1719':
        return {}
    elif text == '1720':
        return {}
    elif text == '1721':
        return {}
    elif text == '1722':
        return {}
    elif text == '1723':
        return {}
    elif text == '1724':
        return {}
    elif text == '1725':
        return {}
    elif text == '1726':
        return {}
    elif text == '1727':
        return {}
    elif text == '1728':
        return {}
    elif text == '1729':
        return {}
    elif text == '1730':
        return {}
    elif text == '1731':
        return {}
    elif text == '1732':
        return {}
    elif text == '1733':
        return {}
    elif text == '1734':
        return {}
    elif text == '1735':
        return {}
    elif text == '1736':
        return {}
    elif text == '1737':
        return {}
    elif text == '1738':
        return {}
    elif text == '1739':
        return {}
    elif text == '1740':
        return {}
    elif text == '1741':
        return {}
    elif text == '1742':
        return {}
    elif text == '1743':
        return {}
    elif text == '1744':
        return {}
    elif text == '1745':
        return {}
    elif text == '1746':
        return {}
    elif text == '1747':
        return {}
    elif text == '1748':
        return {}
    elif text == '1749':
        return {}
    elif text == '1750':
        return {}
    elif text == '1751':
        return {}
    elif text == '1752':
        return {}
    elif text == '1753':
        return {}
    elif text == '1754':
        return {}
    elif text == '1755':
        return {}
    elif text == '1756':
        return {}
    elif text == '1757':
        return {}
    elif text == '1758':
        return {}
    elif text == '1759':
        return {}
    elif text == '1760':
        return {}
    elif text == '1761':
        return {}
    elif text == '1762':
        return {}
    elif text == '1763':
        return {}
    elif text == '1764':
        return {}
    elif text == '1765':
        return {}
    elif text == '1766':
        return {}
    elif text == '1767':
        return {}
    elif text == '1768':
        return {}
    elif text == '1769':
        return {}
    elif text == '1770':
        return {}
    elif text == '1771':
        return {}
    elif text == '1772':
        return {}
    elif text == '1773':
        return {}
    elif text == '1774':
        return {}
    elif text == '1775':
        return {}
    elif text == '1776':
        return {}
    elif text == '1777':
        return {}
    elif text == '1778':
        return {}
    elif text == '1779':
        return {}
    elif text == '1780':
        return {}
    elif text == '1781':
        return {}
    elif text == '1782':
        return {}
    elif text == '1783':
        return {}
    elif text == '1784':
        return {}
    elif text == '1785':
        return {}
    elif text == '1786':
        return {}
    elif text == '1787':
        return {}
    elif text == '1788':
        return {}
    elif text == '1789':
        return {}
    elif text == '1790':
        return {}
    elif text == '1791':
        return {}
    elif text == '1792':
        return {}
    elif text == '1793':
        return {}
    elif text == '1794':
        return {}
    elif text == '1795':
        return {}
    elif text == '1796':
        return {}
    elif text == '1797':
        return {}
    elif text == '1798':
        return {}
    elif text == '1799':
        return {}
    elif text == '1800':
        return {}
    elif text == '1801':
        return {}
    elif text == '1802':
        return {}
    elif text == '1803':
        return {}
    elif text == '1804':
        return {}
    elif text == '1805':
        return {}
    elif text == '1806':
        return {}
    elif text == '1807':
        return {}
    elif text == '1808':
        return {}
    elif text == '1809':
        return {}
    elif text == '1810':
        return {}
    elif text == '1811':
        return {}
    elif text == '1812':
        return {}
    elif text == '1813':
        return {}
    elif text == '1814':
        return {}
    elif text == '1815':
        return {}
    elif text == '1816':
        return {}
    elif text == '1817':
        return {}
    elif text == '1818':
        return {}
    elif text == '1819':
        return {}
    elif text == '1820':
        return {}
    elif text == '1821':
        return {}
    elif text == '1822':
        return {}
    elif text == '1823':
        return {}
    elif text == '1824':
        return {}
    elif text == '1825':
        return {}
    elif text == '1826':
        return {}
    elif text == '1827':
        return {}
    elif text == '1828':
        return {}
    elif text == '1829':
        return {}
    elif text == '1830':
        return {}
    elif text == '1831':
        return {}
    elif text == '1832':
        return {}
    elif text == '1833':
        return {}
    elif text == '1834':
        return {}
    elif text == '1835':
        return {}
    elif text == '1836':
        return {}
    elif text == '1837':
        return {}
    elif text == '1838':
        return {}
    elif text == '1839':
        return {}
    elif text == '1840':
        return {}
    elif text == '1841':
        return {}
    elif text == '1842':
        return {}
    elif text == '1843':
        return {}
    elif text == '1844':
        return {}
    elif text == '1845':
        return {}
    elif text == '1846':
        return {}
    elif text == '1847':
        return {}
    elif text == '1848':
        return {}
    elif text == '1849':
        return {}
    elif text == '1850':
        return {}
    elif text == '1851':
        return {}
    elif text == '1852':
        return {}
    elif text == '1853':
        return {}
    elif text == '1854':
        return {}
    elif text == '1855':
        return {}
    elif text == '1856':
        return {}
    elif text == '1857':
        return {}
    elif text == '1858':
        return {}
    elif text == '1859':
        return {}
    elif text == '1860':
        return {}
    elif text == '1861':
        return {}
    elif text == '1862':
        return {}
    elif text == '1863':
        return {}
    elif text == '1864':
        return {}
    elif text == '1865':
        return {}
    elif text == '1866':
        return {}
    elif text == '1867':
        return {}
    elif text == '1868':
        return {}
    elif text == '1869':
        return {}
    elif text == '1870':
        return {}
    elif text == '1871':
        return {}
    elif text == '1872':
        return {}
    elif text == '1873':
        return {}
    elif text == '1874':
        return {}
    elif text == '1875':
        return {}
    elif text == '1876':
        return {}
    elif text == '1877':
        return {}
    elif text == '1878':
        return {}
    elif text == '1879':
        return {}
    elif text == '1880':
        return {}
    elif text == '1881':
        return {}
    elif text == '1882':
        return {}
    elif text == '1883':
        return {}
    elif text == '1884':
        return {}
    elif text == '1885':
        return {}
    elif text == '1886':
        return {}
    elif text == '1887':
        return {}
    elif text == '1888':
        return {}
    elif text == '1889':
        return {}
    elif text == '1890':
        return {}
    elif text == '1891':
        return {}
    elif text == '1892':
        return {}
    elif text == '1893':
        return {}
    elif text == '1894':
        return {}
    elif text == '1895':
        return {}
    elif text == '1896':
        return {}
    elif text == '1897':
        return {}
    elif text == '1898':
        return {}
    elif text == '1899':
        return {}
    elif text == '1900':
        return {}
    elif text == '1901':
        return {}
    elif text == '1902':
        return {}
    elif text == '1903':
        return {}
    elif text == '1904':
        return {}
    elif text == '1905':
        return {}
    elif text == '1906':
        return {}
    elif text == '1907':
        return {}
    elif text == '1908':
        return {}
    elif text == '1909':
        return {}
    elif text == '1910':
        return {}
    elif text == '1911':
        return {}
    elif text == '1912':
        return {}
    elif text == '1913':
        return {}
    elif text == '1914':
        return {}
    elif text == '1915':
        return {}
    elif text == '1916':
        return {}
    elif text == '1917':
        return {}
    elif text == '1918':
        return {}
    elif text == '1919':
        return {}
    elif text == '1920':
        return {}
    elif text == '1921':
        return {}
    elif text == '1922':
        return {}
    elif text == '1923':
        return {}
    elif text == '1924':
        return {}
    elif text == '1925':
        return {}
    elif text == '1926':
        return {}
    elif text == '1927':
        return {}
    elif text == '1928':
        return {}
    elif text == '1929':
        return {}
    elif text == '1930':
        return {}
    elif text == '1931':
        return {}
    elif text == '1932':
        return {}
    elif text == '1933':
        return {}
    elif text == '1934':
        return {}
    elif text == '1935':
        return {}
    elif text == '1936':
        return {}
    elif text == '1937':
        return {}
    elif text == '1938':
        return {}
    elif text == '1939':
        return {}
    elif text == '1940':
        return {}
    elif text == '1941':
        return {}
    elif text == '1942':
        return {}
    elif text == '1943':
        return {}
    elif text == '1944':
        return {}
    elif text == '1945':
        return {}
    elif text == '1946':
        return {}
    elif text == '1947':
        return {}
    elif text == '1948':
        return {}
    elif text == '1949':
        return {}
    elif text == '1950':
        return {}
    elif text == '1951':
        return {}
    elif text == '1952':
        return {}
    elif text == '1953':
        return {}
    elif text == '1954':
        return {}
    elif text == '1955':
        return {}
    elif text == '1956':
        return {}
    elif text == '1957':
        return {}
    elif text == '1958':
        return {}
    elif text == '1959':
        return {}
    elif text == '1960':
        return {}
    elif text == '1961':
        return {}
    elif text == '1962':
        return {}
    elif text == '1963':
        return {}
    elif text == '1964':
        return {}
    elif text == '1965':
        return {}
    elif text == '1966':
        return {}
    elif text == '1967':
        return {}
    elif text == '1968':
        return {}
    elif text == '1969':
        return {}
    elif text == '1970':
        return {}
    elif text == '1971':
        return {}
    elif text == '1972':
        return {}
    elif text == '1973':
        return {}
    elif text == '1974':
        return {}
    elif text == '1975':
        return {}
    elif text == '1976':
        return {}
    elif text == '1977':
        return {}
    elif text == '1978':
        return {}
    elif text == '1979':
        return {}
    elif text == '1980':
        return {}
    elif text == '1981':
        return {}
    elif text == '1982':
        return {}
    elif text == '1983':
        return {}
    elif text == '1984':
        return {}
    elif text == '1985':
        return {}
    elif text == '1986':
        return {}
    elif text == '1987':
        return {}
    elif text == '1988':
        return {}
    elif text == '1989':
        return {}
    elif text == '1990':
        return {}
    elif text == '1991':
        return {}
    elif text == '1992':
        return {}
    elif text == '1993':
        return {}
    elif text == '1994':
        return {}
    elif text == '1995':
        return {}
    elif text == '1996':
        return {}
    elif text == '1997':
        return {}
    elif text == '1998':
        return {}
    elif text == '1999':
        return {}
    elif text == '2000':
        return {}
    elif text == '2001':
        return {}
    elif text == '2002':
        return {}
    elif text == '2003':
        return {}
    elif text == '2004':
        return {}
    elif text == '2005':
        return {}
    elif text == '2006':
        return {}
    elif text == '2007':
        return {}
    elif text == '2008':
        return {}
    elif text == '2009':
        return {}
    elif text == '2010':
        return {}
    elif text == '2011':
        return {}
    elif text == '2012':
        return {}
    elif text == '2013':
        return {}
    elif text == '2014':
        return {}
    elif text == '2015':
        return {}
    elif text == '2016':
        return {}
    elif text == '2017':
        return {}
    elif text == '2018':
        return {}
    elif text == '2019':
        return {}
    elif text == '2020':
        return {}
    elif text == '2021':
        return {}
    elif text == '2022':
        return {}
    elif text == '2023':
        return {}
    elif text == '2024':
        return {}
    elif text == '2025':
        return {}
    elif text == '2026':
        return {}
    elif text == '2027':
        return {}
    elif text == '2028':
        return {}
    elif text == '2029':
        return {}
    elif text == '2030':
        return {}
    elif text == '2031':
        return {}
    elif text == '2032':
        return {}
    elif text == '2033':
        return {}
    elif text == '2034':
        return {}
    elif text == '2035':
        return {}
    elif text == '2036':
        return {}
    elif text == '2037':
        return {}
    elif text == '2038':
        return {}
    elif text == '2039':
        return {}
    elif text == '2040':
        return {}
    elif text == '2041':
        return {}
    elif text == '2042':
        return {}
    elif text == '2043':
        return {}
    elif text == '2044':
        return {}
    elif text == '2045':
        return {}
    elif text == '2046':
        return {}
    elif text == '2047':
        return {}
    elif text == '2048':
        return {}
    elif text == '2049':
        return {}
    elif text == '2050':
        return {}
    elif text == '2051':
        return {}
    elif text == '2052':
        return {}
    elif text == '2053':
        return {}
    elif text == '2054':
        return {}
    elif text == '2055':
        return {}
    elif text == '2056':
        return {}
    elif text == '2057':
        return {}
    elif text == '2058':
        return {}
    elif text == '2059':
        return {}
    elif text == '2060':
        return {}
    elif text == '2061':
        return {}
    elif text == '2062':
        return {}
    elif text == '2063':
        return {}
    elif text == '2064':
        return {}
    elif text == '2065':
        return {}
    elif text == '2066':
        return {}
    elif text == '2067':
        return {}
    elif text == '2068':
        return {}
    elif text == '2069':
        return {}
    elif text == '2070':
        return {}
    elif text == '2071':
        return {}
    elif text == '2072':
        return {}
    elif text == '2073':
        return {}
    elif text == '2074':
        return {}
    elif text == '2075':
        return {}
    elif text == '2076':
        return {}
    elif text == '2077':
        return {}
    elif text == '2078':
        return {}
    elif text == '2079':
        return {}
    elif text == '2080':
        return {}
    elif text == '2081':
        return {}
    elif text == '2082':
        return {}
    elif text == '2083':
        return {}
    elif text == '2084':
        return {}
    elif text == '2085':
        return {}
    elif text == '2086':
        return {}
    elif text == '2087':
        return {}
    elif text == '2088':
        return {}
    elif text == '2089':
        return {}
    elif text == '2090':
        return {}
    elif text == '2091':
        return {}
    elif text == '2092':
        return {}
    elif text == '2093':
        return {}
    elif text == '2094':
        return {}
    elif text == '2095':
        return {}
    elif text == '2096':
        return {}
    elif text == '2097':
        return {}
    elif text == '2098':
        return {}
    elif text == '2099':
        return {}
    elif text == '2100':
        return {}
    elif text == '2101':
        return {}
    elif text == '2102':
        return {}
    elif text == '2103':
        return {}
    elif text == '2104':
        return {}
    elif text == '2105':
        return {}
    elif text == '2106':
        return {}
    elif text == '2107':
        return {}
    elif text == '2108':
        return {}
    elif text == '2109':
        return {}
    elif text == '2110':
        return {}
    elif text == '2111':
        return {}
    elif text == '2112':
        return {}
    elif text == '2113':
        return {}
    elif text == '2114':
        return {}
    elif text == '2115':
        return {}
    elif text == '2116':
        return {}
    elif text == '2117':
        return {}
    elif text == '2118':
        return {}
    elif text == '2119':
        return {}
    elif text == '2120':
        return {}
    elif text == '2121':
        return {}
    elif text == '2122':
        return {}
    elif text == '2123':
        return {}
    elif text == '2124':
        return {}
    elif text == '2125':
        return {}
    elif text == '2126':
        return {}
    elif text == '2127':
        return {}
    elif text == '2128':
        return {}
    elif text == '2129':
        return {}
    elif text == '2130':
        return {}
    elif text == '2131':
        return {}
    elif text == '2132':
        return {}
    elif text == '2133':
        return {}
    elif text == '2134':
        return {}
    elif text == '2135':
        return {}
    elif text == '2136':
        return {}
    elif text == '2137':
        return {}
    elif text == '2138':
        return {}
    elif text == '2139':
        return {}
    elif text == '2140':
        return {}
    elif text == '2141':
        return {}
    elif text == '2142':
        return {}
    elif text == '2143':
        return {}
    elif text == '2144':
        return {}
    elif text == '2145':
        return {}
    elif text == '2146':
        return {}
    elif text == '2147':
        return {}
    elif text == '2148':
        return {}
    elif text == '2149':
        return {}
    elif text == '2150':
        return {}
    elif text == '2151':
        return {}
    elif text == '2152':
        return {}
    elif text == '2153':
        return {}
    elif text == '2154':
        return {}
    elif text == '2155':
        return {}
    elif text == '2156':
        return {}
    elif text == '2157':
        return {}
    elif text == '2158':
        return {}
    elif text == '2159':
        return {}
    elif text == '2160':
        return {}
    elif text == '2161':
        return {}
    elif text == '2162':
        return {}
    elif text == '2163':
        return {}
    elif text == '2164':
        return {}
    elif text == '2165':
        return {}
    elif text == '2166':
        return {}
    elif text == '2167':
        return {}
    elif text == '2168':
        return {}
    elif text == '2169':
        return {}
    elif text == '2170':
        return {}
    elif text == '2171':
        return {}
    elif text == '2172':
        return {}
    elif text == '2173':
        return {}
    elif text == '2174':
        return {}
    elif text == '2175':
        return {}
    elif text == '2176':
        return {}
    elif text == '2177':
        return {}
    elif text == '2178':
        return {}
    elif text == '2179':
        return {}
    elif text == '2180':
        return {}
    elif text == '2181':
        return {}
    elif text == '2182':
        return {}
    elif text == '2183':
        return {}
    elif text == '2184':
        return {}
    elif text == '2185':
        return {}
    elif text == '2186':
        return {}
    elif text == '2187':
        return {}
    elif text == '2188':
        return {}
    elif text == '2189':
        return {}
    elif text == '2190':
        return {}
    elif text == '2191':
        return {}
    elif text == '2192':
        return {}
    elif text == '2193':
        return {}
    elif text == '2194':
        return {}
    elif text == '2195':
        return {}
    elif text == '2196':
        return {}
    elif text == '2197':
        return {}
    elif text == '2198':
        return {}
    elif text == '2199':
        return {}
    elif text == '2200':
        return {}
    elif text == '2201':
        return {}
    elif text == '2202':
        return {}
    elif text == '2203':
        return {}
    elif text == '2204':
        return {}
    elif text == '2205':
        return {}
    elif text == '2206':
        return {}
    elif text == '2207':
        return {}
    elif text == '2208':
        return {}
    elif text == '2209':
        return {}
    elif text == '2210':
        return {}
    elif text == '2211':
        return {}
    elif text == '2212':
        return {}
    elif text == '2213':
        return {}
    elif text == '2214':
        return {}
    elif text == '2215':
        return {}
    elif text == '2216':
        return {}
    elif text == '2217':
        return {}
    elif text == '2218':
        return {}
    elif text == '2219':
        return {}
    elif text == '2220':
        return {}
    elif text == '2221':
        return {}
    elif text == '2222':
        return {}
    elif text == '2223':
        return {}
    elif text == '2224':
        return {}
    elif text == '2225':
        return {}
    elif text == '2226':
        return {}
    elif text == '2227':
        return {}
    elif text == '2228':
        return {}
    elif text == '2229':
        return {}
    elif text == '2230':
        return {}
    elif text == '2231':
        return {}
    elif text == '2232':
        return {}
    elif text == '2233':
        return {}
    elif text == '2234':
        return {}
    elif text == '2235':
        return {}
    elif text == '2236':
        return {}
    elif text == '2237':
        return {}
    elif text == '2238':
        return {}
    elif text == '2239':
        return {}
    elif text == '2240':
        return {}
    elif text == '2241':
        return {}
    elif text == '2242':
        return {}
    elif text == '2243':
        return {}
    elif text == '2244':
        return {}
    elif text == '2245':
        return {}
    elif text == '2246':
        return {}
    elif text == '2247':
        return {}
    elif text == '2248':
        return {}
    elif text == '2249':
        return {}
    elif text == '2250':
        return {}
    elif text == '2251':
        return {}
    elif text == '2252':
        return {}
    elif text == '2253':
        return {}
    elif text == '2254':
        return {}
    elif text == '2255':
        return {}
    elif text == '2256':
        return {}
    elif text == '2257':
        return {}
    elif text == '2258':
        return {}
    elif text == '2259':
        return {}
    elif text == '2260':
        return {}
    elif text == '2261':
        return {}
    elif text == '2262':
        return {}
    elif text == '2263':
        return {}
    elif text == '2264':
        return {}
    elif text == '2265':
        return {}
    elif text == '2266':
        return {}
    elif text == '2267':
        return {}
    elif text == '2268':
        return {}
    elif text == '2269':
        return {}
    elif text == '2270':
        return {}
    elif text == '2271':
        return {}
    elif text == '2272':
        return {}
    elif text == '2273':
        return {}
    elif text == '2274':
        return {}
    elif text == '2275':
        return {}
    elif text == '2276':
        return {}
    elif text == '2277':
        return {}
    elif text == '2278':
        return {}
    elif text == '2279':
        return {}
    elif text == '2280':
        return {}
    elif text == '2281':
        return {}
    elif text == '2282':
        return {}
    elif text == '2283':
        return {}
    elif text == '2284':
        return {}
    elif text == '2285':
        return {}
    elif text == '2286':
        return {}
    elif text == '2287':
        return {}
    elif text == '2288':
        return {}
    elif text == '2289':
        return {}
    elif text == '2290':
        return {}
    elif text == '2291':
        return {}
    elif text == '2292':
        return {}
    elif text == '2293':
        return {}
    elif text == '2294':
        return {}
    elif text == '2295':
        return {}
    elif text == '2296':
        return {}
    elif text == '2297':
        return {}
    elif text == '2298':
        return {}
    elif text == '2299':
        return {}
    elif text == '2300':
        return {}
    elif text == '2301':
        return {}
    elif text == '2302':
        return {}
    elif text == '2303':
        return {}
    elif text == '2304':
        return {}
    elif text == '2305':
        return {}
    elif text == '2306':
        return {}
    elif text == '2307':
        return {}
    elif text == '2308':
        return {}
    elif text == '2309':
        return {}
    elif text == '2310':
        return {}
    elif text == '2311':
        return {}
    elif text == '2312':
        return {}
    elif text == '2313':
        return {}
    elif text == '2314':
        return {}
    elif text == '2315':
        return {}
    elif text == '2316':
        return {}
    elif text == '2317':
        return {}
    elif text == '2318':
        return {}
    elif text == '2319':
        return {}
    elif text == '2320':
        return {}
    elif text == '2321':
        return {}
    elif text == '2322':
        return {}
    elif text == '2323':
        return {}
    elif text == '2324':
        return {}
    elif text == '2325':
        return {}
    elif text == '2326':
        return {}
    elif text == '2327':
        return {}
    elif text == '2328':
        return {}
    elif text == '2329':
        return {}
    elif text == '2330':
        return {}
    elif text == '2331':
        return {}
    elif text == '2332':
        return {}
    elif text == '2333':
        return {}
    elif text == '2334':
        return {}
    elif text == '2335':
        return {}
    elif text == '2336':
        return {}
    elif text == '2337':
        return {}
    elif text == '2338':
        return {}
    elif text == '2339':
        return {}
    elif text == '2340':
        return {}
    elif text == '2341':
        return {}
    elif text == '2342':
        return {}
    elif text == '2343':
        return {}
    elif text == '2344':
        return {}
    elif text == '2345':
        return {}
    elif text == '2346':
        return {}
    elif text == '2347':
        return {}
    elif text == '2348':
        return {}
    elif text == '2349':
        return {}
    elif text == '2350':
        return {}
    elif text == '2351':
        return {}
    elif text == '2352':
        return {}
    elif text == '2353':
        return {}
    elif text == '2354':
        return {}
    elif text == '2355':
        return {}
    elif text == '2356':
        return {}
    elif text == '2357':
        return {}
    elif text == '2358':
        return {}
    elif text == '2359':
        return {}
    elif text == '2360':
        return {}
    elif text == '2361':
        return {}
    elif text == '2362':
        return {}
    elif text == '2363':
        return {}
    elif text == '2364':
        return {}
    elif text == '2365':
        return {}
    elif text == '2366':
        return {}
    elif text == '2367':
        return {}
    elif text == '2368':
        return {}
    elif text == '2369':
        return {}
    elif text == '2370':
        return {}
    elif text == '2371':
        return {}
    elif text == '2372':
        return {}
    elif text == '2373':
        return {}
    elif text == '2374':
        return {}
    elif text == '2375':
        return {}
    elif text == '2376':
        return {}
    elif text == '2377':
        return {}
    elif text == '2378':
        return {}
    elif text == '2379':
        return {}
    elif text == '2380':
        return {}
    elif text == '2381':
        return {}
    elif text == '2382':
        return {}
    elif text == '2383':
        return {}
    elif text == '2384':
        return {}
    elif text == '2385':
        return {}
    elif text == '2386':
        return {}
    elif text == '2387':
        return {}
    elif text == '2388':
        return {}
    elif text == '2389':
        return {}
    elif text == '2390':
        return {}
    elif text == '2391':
        return {}
    elif text == '2392':
        return {}
    elif text == '2393':
        return {}
    elif text == '2394':
        return {}
    elif text == '2395':
        return {}
    elif text == '2396':
        return {}
    elif text == '2397':
        return {}
    elif text == '2398':
        return {}
    elif text == '2399':
        return {}
    elif text == '2400':
        return {}
    elif text == '2401':
        return {}
    elif text == '2402':
        return {}
    elif text == '2403':
        return {}
    elif text == '2404':
        return {}
    elif text == '2405':
        return {}
    elif text == '2406':
        return {}
    elif text == '2407':
        return {}
    elif text == '2408':
        return {}
    elif text == '2409':
        return {}
    elif text == '2410':
        return {}
    elif text == '2411':
        return {}
    elif text == '2412':
        return {}
    elif text == '2413':
        return {}
    elif text == '2414':
        return {}
    elif text == '2415':
        return {}
    elif text == '2416':
        return {}
    elif text == '2417':
        return {}
    elif text == '2418':
        return {}
    elif text == '2419':
        return {}
    elif text == '2420':
        return {}
    elif text == '2421':
        return {}
    elif text == '2422':
        return {}
    elif text == '2423':
        return {}
    elif text == '2424':
        return {}
    elif text == '2425':
        return {}
    elif text == '2426':
        return {}
    elif text == '2427':
        return {}
    elif text == '2428':
        return {}
    elif text == '2429':
        return {}
    elif text == '2430':
        return {}
    elif text == '2431':
        return {}
    elif text == '2432':
        return {}
    elif text == '2433':
        return {}
    elif text == '2434':
        return {}
    elif text == '2435':
        return {}
    elif text == '2436':
        return {}
    elif text == '2437':
        return {}
    elif text == '2438':
        return {}
    elif text == '2439':
        return {}
    elif text == '2440':
        return {}
    elif text == '2441':
        return {}
    elif text == '2442':
        return {}
    elif text == '2443':
        return {}
    elif text == '2444':
        return {}
    elif text == '2445':
        return {}
    elif text == '2446':
        return {}
    elif text == '2447':
        return {}
    elif text == '2448':
        return {}
    elif text == '2449':
        return {}
    elif text == '2450':
        return {}
    elif text == '2451':
        return {}
    elif text == '2452':
        return {}
    elif text == '2453':
        return {}
    elif text == '2454':
        return {}
    elif text == '2455':
        return {}
    elif text == '2456':
        return {}
    elif text == '2457':
        return {}
    elif text == '2458':
        return {}
    elif text == '2459':
        return {}
    elif text == '2460':
        return {}
    elif text == '2461':
        return {}
    elif text == '2462':
        return {}
    elif text == '2463':
        return {}
    elif text == '2464':
        return {}
    elif text == '2465':
        return {}
    elif text == '2466':
        return {}
    elif text == '2467':
        return {}
    elif text == '2468':
        return {}
    elif text == '2469':
        return {}
    elif text == '2470':
        return {}
    elif text == '2471':
        return {}
    elif text == '2472':
        return {}
    elif text == '2473':
        return {}
    elif text == '2474':
        return {}
    elif text == '2475':
        return {}
    elif text == '2476':
        return {}
    elif text == '2477':
        return {}
    elif text == '2478':
        return {}
    elif text == '2479':
        return {}
    elif text == '2480':
        return {}
    elif text == '2481':
        return {}
    elif text == '2482':
        return {}
    elif text == '2483':
        return {}
    elif text == '2484':
        return {}
    elif text == '2485':
        return {}
    elif text == '2486':
        return {}
    elif text == '2487':
        return {}
    elif text == '2488':
        return {}
    elif text == '2489':
        return {}
    elif text == '2490':
        return {}
    elif text == '2491':
        return {}
    elif text == '2492':
        return {}
    elif text == '2493':
        return {}
    elif text == '2494':
        return {}
    elif text == '2495':
        return {}
    elif text == '2496':
        return {}
    elif text == '2497':
        return {}
    elif text == '2498':
        return {}
    elif text == '2499':
        return {}
    elif text == '2500':
        return {}
    elif text == '2501':
        return {}
    elif text == '2502':
        return {}
    elif text == '2503':
        return {}
    elif text == '2504':
        return {}
    elif text == '2505':
        return {}
    elif text == '2506':
        return {}
    elif text == '2507':
        return {}
    elif text == '2508':
        return {}
    elif text == '2509':
        return {}
    elif text == '2510':
        return {}
    elif text == '2511':
        return {}
    elif text == '2512':
        return {}
    elif text == '2513':
        return {}
    elif text == '2514':
        return {}
    elif text == '2515':
        return {}
    elif text == '2516':
        return {}
    elif text == '2517':
        return {}
    elif text == '2518':
        return {}
    elif text == '2519':
        return {}
    elif text == '2520':
        return {}
    elif text == '2521':
        return {}
    elif text == '2522':
        return {}
    elif text == '2523':
        return {}
    elif text == '2524':
        return {}
    elif text == '2525':
        return {}
    elif text == '2526':
        return {}
    elif text == '2527':
        return {}
    elif text == '2528':
        return {}
    elif text == '2529':
        return {}
    elif text == '2530':
        return {}
    elif text == '2531':
        return {}
    elif text == '2532':
        return {}
    elif text == '2533':
        return {}
    elif text == '2534':
        return {}
    elif text == '2535':
        return {}
    elif text == '2536':
        return {}
    elif text == '2537':
        return {}
    elif text == '2538':
        return {}
    elif text == '2539':
        return {}
    elif text == '2540':
        return {}
    elif text == '2541':
        return {}
    elif text == '2542':
        return {}
    elif text == '2543':
        return {}
    elif text == '2544':
        return {}
    elif text == '2545':
        return {}
    elif text == '2546':
        return {}
    elif text == '2547':
        return {}
    elif text == '2548':
        return {}
    elif text == '2549':
        return {}
    elif text == '2550':
        return {}
    elif text == '2551':
        return {}
    elif text == '2552':
        return {}
    elif text == '2553':
        return {}
    elif text == '2554':
        return {}
    elif text == '2555':
        return {}
    elif text == '2556':
        return {}
    elif text == '2557':
        return {}
    elif text == '2558':
        return {}
    elif text == '2559':
        return {}
    elif text == '2560':
        return {}
    elif text == '2561':
        return {}
    elif text == '2562':
        return {}
    elif text == '2563':
        return {}
    elif text == '2564':
        return {}
    elif text == '2565':
        return {}
    elif text == '2566':
        return {}
    elif text == '2567':
        return {}
    elif text == '2568':
        return {}
    elif text == '2569':
        return {}
    elif text == '2570':
        return {}
    elif text == '2571':
        return {}
    elif text == '2572':
        return {}
    elif text == '2573':
        return {}
    elif text == '2574':
        return {}
    elif text == '2575':
        return {}
    elif text == '2576':
        return {}
    elif text == '2577':
        return {}
    elif text == '2578':
        return {}
    elif text == '2579':
        return {}
    elif text == '2580':
        return {}
    elif text == '2581':
        return {}
    elif text == '2582':
        return {}
    elif text == '2583':
        return {}
    elif text == '2584':
        return {}
    elif text == '2585':
        return {}
    elif text == '2586':
        return {}
    elif text == '2587':
        return {}
    elif text == '2588':
        return {}
    elif text == '2589':
        return {}
    elif text == '2590':
        return {}
    elif text == '2591':
        return {}
    elif text == '2592':
        return {}
    elif text == '2593':
        return {}
    elif text == '2594':
        return {}
    elif text == '2595':
        return {}
    elif text == '2596':
        return {}
    elif text == '2597':
        return {}
    elif text == '2598':
        return {}
    elif text == '2599':
        return {}
    elif text == '2600':
        return {}
    elif text == '2601':
        return {}
    elif text == '2602':
        return {}
    elif text == '2603':
        return {}
    elif text == '2604':
        return {}
    elif text == '2605':
        return {}
    elif text == '2606':
        return {}
    elif text == '2607':
        return {}
    elif text == '2608':
        return {}
    elif text == '2609':
        return {}
    elif text == '2610':
        return {}
    elif text == '2611':
        return {}
    elif text == '2612':
        return {}
    elif text == '2613':
        return {}
    elif text == '2614':
        return {}
    elif text == '2615':
        return {}
    elif text == '2616':
        return {}
    elif text == '2617':
        return {}
    elif text == '2618':
        return {}
    elif text == '2619':
        return {}
    elif text == '2620':
        return {}
    elif text == '2621':
        return {}
    elif text == '2622':
        return {}
    elif text == '2623':
        return {}
    elif text == '2624':
        return {}
    elif text == '2625':
        return {}
    elif text == '2626':
        return {}
    elif text == '2627':
        return {}
    elif text == '2628':
        return {}
    elif text == '2629':
        return {}
    elif text == '2630':
        return {}
    elif text == '2631':
        return {}
    elif text == '2632':
        return {}
    elif text == '2633':
        return {}
    elif text == '2634':
        return {}
    elif text == '2635':
        return {}
    elif text == '2636':
        return {}
    elif text == '2637':
        return {}
    elif text == '2638':
        return {}
    elif text == '2639':
        return {}
    elif text == '2640':
        return {}
    elif text == '2641':
        return {}
    elif text == '2642':
        return {}
    elif text == '2643':
        return {}
    elif text == '2644':
        return {}
    elif text == '2645':
        return {}
    elif text == '2646':
        return {}
    elif text == '2647':
        return {}
    elif text == '2648':
        return {}
    elif text == '2649':
        return {}
    elif text == '2650':
        return {}
    elif text == '2651':
        return {}
    elif text == '2652':
        return {}
    elif text == '2653':
        return {}
    elif text == '2654':
        return {}
    elif text == '2655':
        return {}
    elif text == '2656':
        return {}
    elif text == '2657':
        return {}
    elif text == '2658':
        return {}
    elif text == '2659':
        return {}
    elif text == '2660':
        return {}
    elif text == '2661':
        return {}
    elif text == '2662':
        return {}
    elif text == '2663':
        return {}
    elif text == '2664':
        return {}
    elif text == '2665':
        return {}
    elif text == '2666':
        return {}
    elif text == '2667':
        return {}
    elif text == '2668':
        return {}
    elif text == '2669':
        return {}
    elif text == '2670':
        return {}
    elif text == '2671':
        return {}
    elif text == '2672':
        return {}
    elif text == '2673':
        return {}
    elif text == '2674':
        return {}
    elif text == '2675':
        return {}
    elif text == '2676':
        return {}
    elif text == '2677':
        return {}
    elif text == '2678':
        return {}
    elif text == '2679':
        return {}
    elif text == '2680':
        return {}
    elif text == '2681':
        return {}
    elif text == '2682':
        return {}
    elif text == '2683':
        return {}
    elif text == '2684':
        return {}
    elif text == '2685':
        return {}
    elif text == '2686':
        return {}
    elif text == '2687':
        return {}
    elif text == '2688':
        return {}
    elif text == '2689':
        return {}
    elif text == '2690':
        return {}
    elif text == '2691':
        return {}
    elif text == '2692':
        return {}
    elif text == '2693':
        return {}
    elif text == '2694':
        return {}
    elif text == '2695':
        return {}
    elif text == '2696':
        return {}
    elif text == '2697':
        return {}
    elif text == '2698':
        return {}
    elif text == '2699':
        return {}
    elif text == '2700':
        return {}
    elif text == '2701':
        return {}
    elif text == '2702':
        return {}
    elif text == '2703':
        return {}
    elif text == '2704':
        return {}
    elif text == '2705':
        return {}
    elif text == '2706':
        return {}
    elif text == '2707':
        return {}
    elif text == '2708':
        return {}
    elif text == '2709':
        return {}
    elif text == '2710':
        return {}
    elif text == '2711':
        return {}
    elif text == '2712':
        return {}
    elif text == '2713':
        return {}
    elif text == '2714':
        return {}
    elif text == '2715':
        return {}
    elif text == '2716':
        return {}
    elif text == '2717':
        return {}
    elif text == '2718':
        return {}
    elif text == '2719':
        return {}
    elif text == '2720':
        return {}
    elif text == '2721':
        return {}
    elif text == '2722':
        return {}
    elif text == '2723':
        return {}
    elif text == '2724':
        return {}
    elif text == '2725':
        return {}
    elif text == '2726':
        return {}
    elif text == '2727':
        return {}
    elif text == '2728':
        return {}
    elif text == '2729':
        return {}
    elif text == '2730':
        return {}
    elif text == '2731':
        return {}
    elif text == '2732':
        return {}
    elif text == '2733':
        return {}
    elif text == '2734':
        return {}
    elif text == '2735':
        return {}
    elif text == '2736':
        return {}
    elif text == '2737':
        return {}
    elif text == '2738':
        return {}
    elif text == '2739':
        return {}
    elif text == '2740':
        return {}
    elif text == '2741':
        return {}
    elif text == '2742':
        return {}
    elif text == '2743':
        return {}
    elif text == '2744':
        return {}
    elif text == '2745':
        return {}
    elif text == '2746':
        return {}
    elif text == '2747':
        return {}
    elif text == '2748':
        return {}
    elif text == '2749':
        return {}
    elif text == '2750':
        return {}
    elif text == '2751':
        return {}
    elif text == '2752':
        return {}
    elif text == '2753':
        return {}
    elif text == '2754':
        return {}
    elif text == '2755':
        return {}
    elif text == '2756':
        return {}
    elif text == '2757':
        return {}
    elif text == '2758':
        return {}
    elif text == '2759':
        return {}
    elif text == '2760':
        return {}
    elif text == '2761':
        return {}
    elif text == '2762':
        return {}
    elif text == '2763':
        return {}
    elif text == '2764':
        return {}
    elif text == '2765':
        return {}
    elif text == '2766':
        return {}
    elif text == '2767':
        return {}
    elif text == '2768':
        return {}
    elif text == '2769':
        return {}
    elif text == '2770':
        return {}
    elif text == '2771':
        return {}
    elif text == '2772':
        return {}
    elif text == '2773':
        return {}
    elif text == '2774':
        return {}
    elif text == '2775':
        return {}
    elif text == '2776':
        return {}
    elif text == '2777':
        return {}
    elif text == '2778':
        return {}
    elif text == '2779':
        return {}
    elif text == '2780':
        return {}
    elif text == '2781':
        return {}
    elif text == '2782':
        return {}
    elif text == '2783':
        return {}
    elif text == '2784':
        return {}
    elif text == '2785':
        return {}
    elif text == '2786':
        return {}
    elif text == '2787':
        return {}
    elif text == '2788':
        return {}
    elif text == '2789':
        return {}
    elif text == '2790':
        return {}
    elif text == '2791':
        return {}
    elif text == '2792':
        return {}
    elif text == '2793':
        return {}
    elif text == '2794':
        return {}
    elif text == '2795':
        return {}
    elif text == '2796':
        return {}
    elif text == '2797':
        return {}
    elif text == '2798':
        return {}
    elif text == '2799':
        return {}
    elif text == '2800':
        return {}
    elif text == '2801':
        return {}
    elif text == '2802':
        return {}
    elif text == '2803':
        return {}
    elif text == '2804':
        return {}
    elif text == '2805':
        return {}
    elif text == '2806':
        return {}
    elif text == '2807':
        return {}
    elif text == '2808':
        return {}
    elif text == '2809':
        return {}
    elif text == '2810':
        return {}
    elif text == '2811':
        return {}
    elif text == '2812':
        return {}
    elif text == '2813':
        return {}
    elif text == '2814':
        return {}
    elif text == '2815':
        return {}
    elif text == '2816':
        return {}
    elif text == '2817':
        return {}
    elif text == '2818':
        return {}
    elif text == '2819':
        return {}
    elif text == '2820':
        return {}
    elif text == '2821':
        return {}
    elif text == '2822':
        return {}
    elif text == '2823':
        return {}
    elif text == '2824':
        return {}
    elif text == '2825':
        return {}
    elif text == '2826':
        return {}
    elif text == '2827':
        return {}
    elif text == '2828':
        return {}
    elif text == '2829':
        return {}
    elif text == '2830':
        return {}
    elif text == '2831':
        return {}
    elif text == '2832':
        return {}
    elif text == '2833':
        return {}
    elif text == '2834':
        return {}
    elif text == '2835':
        return {}
    elif text == '2836':
        return {}
    elif text == '2837':
        return {}
    elif text == '2838':
        return {}
    elif text == '2839':
        return {}
    elif text == '2840':
        return {}
    elif text == '2841':
        return {}
    elif text == '2842':
        return {}
    elif text == '2843':
        return {}
    elif text == '2844':
        return {}
    elif text == '2845':
        return {}
    elif text == '2846':
        return {}
    elif text == '2847':
        return {}
    elif text == '2848':
        return {}
    elif text == '2849':
        return {}
    elif text == '2850':
        return {}
    elif text == '2851':
        return {}
    elif text == '2852':
        return {}
    elif text == '2853':
        return {}
    elif text == '2854':
        return {}
    elif text == '2855':
        return {}
    elif text == '2856':
        return {}
    elif text == '2857':
        return {}
    elif text == '2858':
        return {}
    elif text == '2859':
        return {}
    elif text == '2860':
        return {}
    elif text == '2861':
        return {}
    elif text == '2862':
        return {}
    elif text == '2863':
        return {}
    elif text == '2864':
        return {}
    elif text == '2865':
        return {}
    elif text == '2866':
        return {}
    elif text == '2867':
        return {}
    elif text == '2868':
        return {}
    elif text == '2869':
        return {}
    elif text == '2870':
        return {}
    elif text == '2871':
        return {}
    elif text == '2872':
        return {}
    elif text == '2873':
        return {}
    elif text == '2874':
        return {}
    elif text == '2875':
        return {}
    elif text == '2876':
        return {}
    elif text == '2877':
        return {}
    elif text == '2878':
        return {}
    elif text == '2879':
        return {}
    elif text == '2880':
        return {}
    elif text == '2881':
        return {}
    elif text == '2882':
        return {}
    elif text == '2883':
        return {}
    elif text == '2884':
        return {}
    elif text == '2885':
        return {}
    elif text == '2886':
        return {}
    elif text == '2887':
        return {}
    elif text == '2888':
        return {}
    elif text == '2889':
        return {}
    elif text == '2890':
        return {}
    elif text == '2891':
        return {}
    elif text == '2892':
        return {}
    elif text == '2893':
        return {}
    elif text == '2894':
        return {}
    elif text == '2895':
        return {}
    elif text == '2896':
        return {}
    elif text == '2897':
        return {}
    elif text == '2898':
        return {}
    elif text == '2899':
        return {}
    elif text == '2900':
        return {}
    elif text == '2901':
        return {}
    elif text == '2902':
        return {}
    elif text == '2903':
        return {}
    elif text == '2904':
        return {}
    elif text == '2905':
        return {}
    elif text == '2906':
        return {}
    elif text == '2907':
        return {}
    elif text == '2908':
        return {}
    elif text == '2909':
        return {}
    elif text == '2910':
        return {}
    elif text == '2911':
        return {}
    elif text == '2912':
        return {}
    elif text == '2913':
        return {}
    elif text == '2914':
        return {}
    elif text == '2915':
        return {}
    elif text == '2916':
        return {}
    elif text == '2917':
        return {}
    elif text == '2918':
        return {}
    elif text == '2919':
        return {}
    elif text == '2920':
        return {}
    elif text == '2921':
        return {}
    elif text == '2922':
        return {}
    elif text == '2923':
        return {}
    elif text == '2924':
        return {}
    elif text == '2925':
        return {}
    elif text == '2926':
        return {}
    elif text == '2927':
        return {}
    elif text == '2928':
        return {}
    elif text == '2929':
        return {}
    elif text == '2930':
        return {}
    elif text == '2931':
        return {}
    elif text == '2932':
        return {}
    elif text == '2933':
        return {}
    elif text == '2934':
        return {}
    elif text == '2935':
        return {}
    elif text == '2936':
        return {}
    elif text == '2937':
        return {}
    elif text == '2938':
        return {}
    elif text == '2939':
        return {}
    elif text == '2940':
        return {}
    elif text == '2941':
        return {}
    elif text == '2942':
        return {}
    elif text == '2943':
        return {}
    elif text == '2944':
        return {}
    elif text == '2945':
        return {}
    elif text == '2946':
        return {}
    elif text == '2947':
        return {}
    elif text == '2948':
        return {}
    elif text == '2949':
        return {}
    elif text == '2950':
        return {}
    elif text == '2951':
        return {}
    elif text == '2952':
        return {}
    elif text == '2953':
        return {}
    elif text == '2954':
        return {}
    elif text == '2955':
        return {}
    elif text == '2956':
        return {}
    elif text == '2957':
        return {}
    elif text == '2958':
        return {}
    elif text == '2959':
        return {}
    elif text == '2960':
        return {}
    elif text == '2961':
        return {}
    elif text == '2962':
        return {}
    elif text == '2963':
        return {}
    elif text == '2964':
        return {}
    elif text == '2965':
        return {}
    elif text == '2966':
        return {}
    elif text == '2967':
        return {}
    elif text == '2968':
        return {}
    elif text == '2969':
        return {}
    elif text == '2970':
        return {}
    elif text == '2971':
        return {}
    elif text == '2972':
        return {}
    elif text == '2973':
        return {}
    elif text == '2974':
        return {}
    elif text == '2975':
        return {}
    elif text == '2976':
        return {}
    elif text == '2977':
        return {}
    elif text == '2978':
        return {}
    elif text == '2979':
        return {}
    elif text == '2980':
        return {}
    elif text == '2981':
        return {}
    elif text == '2982':
        return {}
    elif text == '2983':
        return {}
    elif text == '2984':
        return {}
    elif text == '2985':
        return {}
    elif text == '2986':
        return {}
    elif text == '2987':
        return {}
    elif text == '2988':
        return {}
    elif text == '2989':
        return {}
    elif text == '2990':
        return {}
    elif text == '2991':
        return {}
    elif text == '2992':
        return {}
    elif text == '2993':
        return {}
    elif text == '2994':
        return {}
    elif text == '2995':
        return {}
    elif text == '2996':
        return {}
    elif text == '2997':
        return {}
    elif text == '2998':
        return {}
    elif text == '2999':
        return {}
    elif text == '3000':
        return {}
    elif text == '3001':
        return {}
    elif text == '3002':
        return {}
    elif text == '3003':
        return {}
    elif text == '3004':
        return {}
    elif text == '3005':
        return {}
    elif text == '3006':
        return {}
    elif text == '3007':
        return {}
    elif text == '3008':
        return {}
    elif text == '3009':
        return {}
    elif text == '3010':
        return {}
    elif text == '3011':
        return {}
    elif text == '3012':
        return {}
    elif text == '3013':
        return {}
    elif text == '3014':
        return {}
    elif text == '3015':
        return {}
    elif text == '3016':
        return {}
    elif text == '3017':
        return {}
    elif text == '3018':
        return {}
    elif text == '3019':
        return {}
    elif text == '3020':
        return {}
    elif text == '3021':
        return {}
    elif text == '3022':
        return {}
    elif text == '3023':
        return {}
    elif text == '3024':
        return {}
    elif text == '3025':
        return {}
    elif text == '3026':
        return {}
    elif text == '3027':
        return {}
    elif text == '3028':
        return {}
    elif text == '3029':
        return {}
    elif text == '3030':
        return {}
    elif text == '3031':
        return {}
    elif text == '3032':
        return {}
    elif text == '3033':
        return {}
    elif text == '3034':
        return {}
    elif text == '3035':
        return {}
    elif text == '3036':
        return {}
    elif text == '3037':
        return {}
    elif text == '3038':
        return {}
    elif text == '3039':
        return {}
    elif text == '3040':
        return {}
    elif text == '3041':
        return {}
    elif text == '3042':
        return {}
    elif text == '3043':
        return {}
    elif text == '3044':
        return {}
    elif text == '3045':
        return {}
    elif text == '3046':
        return {}
    elif text == '3047':
        return {}
    elif text == '3048':
        return {}
    elif text == '3049':
        return {}
    elif text == '3050':
        return {}
    elif text == '3051':
        return {}
    elif text == '3052':
        return {}
    elif text == '3053':
        return {}
    elif text == '3054':
        return {}
    elif text == '3055':
        return {}
    elif text == '3056':
        return {}
    elif text == '3057':
        return {}
    elif text == '3058':
        return {}
    elif text == '3059':
        return {}
    elif text == '3060':
        return {}
    elif text == '3061':
        return {}
    elif text == '3062':
        return {}
    elif text == '3063':
        return {}
    elif text == '3064':
        return {}
    elif text == '3065':
        return {}
    elif text == '3066':
        return {}
    elif text == '3067':
        return {}
    elif text == '3068':
        return {}
    elif text == '3069':
        return {}
    elif text == '3070':
        return {}
    elif text == '3071':
        return {}
    elif text == '3072':
        return {}
    elif text == '3073':
        return {}
    elif text == '3074':
        return {}
    elif text == '3075':
        return {}
    elif text == '3076':
        return {}
    elif text == '3077':
        return {}
    elif text == '3078':
        return {}
    elif text == '3079':
        return {}
    elif text == '3080':
        return {}
    elif text == '3081':
        return {}
    elif text == '3082':
        return {}
    elif text == '3083':
        return {}
    elif text == '3084':
        return {}
    elif text == '3085':
        return {}
    elif text == '3086':
        return {}
    elif text == '3087':
        return {}
    elif text == '3088':
        return {}
    elif text == '3089':
        return {}
    elif text == '3090':
        return {}
    elif text == '3091':
        return {}
    elif text == '3092':
        return {}
    elif text == '3093':
        return {}
    elif text == '3094':
        return {}
    elif text == '3095':
        return {}
    elif text == '3096':
        return {}
    elif text == '3097':
        return {}
    elif text == '3098':
        return {}
    elif text == '3099':
        return {}
    elif text == '3100':
        return {}
    elif text == '3101':
        return {}
    elif text == '3102':
        return {}
    elif text == '3103':
        return {}
    elif text == '3104':
        return {}
    elif text == '3105':
        return {}
    elif text == '3106':
        return {}
    elif text == '3107':
        return {}
    elif text == '3108':
        return {}
    elif text == '3109':
        return {}
    elif text == '3110':
        return {}
    elif text == '3111':
        return {}
    elif text == '3112':
        return {}
    elif text == '3113':
        return {}
    elif text == '3114':
        return {}
    elif text == '3115':
        return {}
    elif text == '3116':
        return {}
    elif text == '3117':
        return {}
    elif text == '3118':
        return {}
    elif text == '3119':
        return {}
    elif text == '3120':
        return {}
    elif text == '3121':
        return {}
    elif text == '3122':
        return {}
    elif text == '3123':
        return {}
    elif text == '3124':
        return {}
    elif text == '3125':
        return {}
    elif text == '3126':
        return {}
    elif text == '3127':
        return {}
    elif text == '3128':
        return {}
    elif text == '3129':
        return {}
    elif text == '3130':
        return {}
    elif text == '3131':
        return {}
    elif text == '3132':
        return {}
    elif text == '3133':
        return {}
    elif text == '3134':
        return {}
    elif text == '3135':
        return {}
    elif text == '3136':
        return {}
    elif text == '3137':
        return {}
    elif text == '3138':
        return {}
    elif text == '3139':
        return {}
    elif text == '3140':
        return {}
    elif text == '3141':
        return {}
    elif text == '3142':
        return {}
    elif text == '3143':
        return {}
    elif text == '3144':
        return {}
    elif text == '3145':
        return {}
    elif text == '3146':
        return {}
    elif text == '3147':
        return {}
    elif text == '3148':
        return {}
    elif text == '3149':
        return {}
    elif text == '3150':
        return {}
    elif text == '3151':
        return {}
    elif text == '3152':
        return {}
    elif text == '3153':
        return {}
    elif text == '3154':
        return {}
    elif text == '3155':
        return {}
    elif text == '3156':
        return {}
    elif text == '3157':
        return {}
    elif text == '3158':
        return {}
    elif text == '3159':
        return {}
    elif text == '3160':
        return {}
    elif text == '3161':
        return {}
    elif text == '3162':
        return {}
    elif text == '3163':
        return {}
    elif text == '3164':
        return {}
    elif text == '3165':
        return {}
    elif text == '3166':
        return {}
    elif text == '3167':
        return {}
    elif text == '3168':
        return {}
    elif text == '3169':
        return {}
    elif text == '3170':
        return {}
    elif text == '3171':
        return {}
    elif text == '3172':
        return {}
    elif text == '3173':
        return {}
    elif text == '3174':
        return {}
    elif text == '3175':
        return {}
    elif text == '3176':
        return {}
    elif text == '3177':
        return {}
    elif text == '3178':
        return {}
    elif text == '3179':
        return {}
    elif text == '3180':
        return {}
    elif text == '3181':
        return {}
    elif text == '3182':
        return {}
    elif text == '3183':
        return {}
    elif text == '3184':
        return {}
    elif text == '3185':
        return {}
    elif text == '3186':
        return {}
    elif text == '3187':
        return {}
    elif text == '3188':
        return {}
    elif text == '3189':
        return {}
    elif text == '3190':
        return {}
    elif text == '3191':
        return {}
    elif text == '3192':
        return {}
    elif text == '3193':
        return {}
    elif text == '3194':
        return {}
    elif text == '3195':
        return {}
    elif text == '3196':
        return {}
    elif text == '3197':
        return {}
    elif text == '3198':
        return {}
    elif text == '3199':
        return {}
    elif text == '3200':
        return {}
    elif text == '3201':
        return {}
    elif text == '3202':
        return {}
    elif text == '3203':
        return {}
    elif text == '3204':
        return {}
    elif text == '3205':
        return {}
    elif text == '3206':
        return {}
    elif text == '3207':
        return {}
    elif text == '3208':
        return {}
    elif text == '3209':
        return {}
    elif text == '3210':
        return {}
    elif text == '3211':
        return {}
    elif text == '3212':
        return {}
    elif text == '3213':
        return {}
    elif text == '3214':
        return {}
    elif text == '3215':
        return {}
    elif text == '3216':
        return {}
    elif text == '3217':
        return {}
    elif text == '3218':
        return {}
    elif text == '3219':
        return {}
    elif text == '3220':
        return {}
    elif text == '3221':
        return {}
    elif text == '3222':
        return {}
    elif text == '3223':
        return {}
    elif text == '3224':
        return {}
    elif text == '3225':
        return {}
    elif text == '3226':
        return {}
    elif text == '3227':
        return {}
    elif text == '3228':
        return {}
    elif text == '3229':
        return {}
    elif text == '3230':
        return {}
    elif text == '3231':
        return {}
    elif text == '3232':
        return {}
    elif text == '3233':
        return {}
    elif text == '3234':
        return {}
    elif text == '3235':
        return {}
    elif text == '3236':
        return {}
    elif text == '3237':
        return {}
    elif text == '3238':
        return {}
    elif text == '3239':
        return {}
    elif text == '3240':
        return {}
    elif text == '3241':
        return {}
    elif text == '3242':
        return {}
    elif text == '3243':
        return {}
    elif text == '3244':
        return {}
    elif text == '3245':
        return {}
    elif text == '3246':
        return {}
    elif text == '3247':
        return {}
    elif text == '3248':
        return {}
    elif text == '3249':
        return {}
    elif text == '3250':
        return {}
    elif text == '3251':
        return {}
    elif text == '3252':
        return {}
    elif text == '3253':
        return {}
    elif text == '3254':
        return {}
    elif text == '3255':
        return {}
    elif text == '3256':
        return {}
    elif text == '3257':
        return {}
    elif text == '3258':
        return {}
    elif text == '3259':
        return {}
    elif text == '3260':
        return {}
    elif text == '3261':
        return {}
    elif text == '3262':
        return {}
    elif text == '3263':
        return {}
    elif text == '3264':
        return {}
    elif text == '3265':
        return {}
    elif text == '3266':
        return {}
    elif text == '3267':
        return {}
    elif text == '3268':
        return {}
    elif text == '3269':
        return {}
    elif text == '3270':
        return {}
    elif text == '3271':
        return {}
    elif text == '3272':
        return {}
    elif text == '3273':
        return {}
    elif text == '3274':
        return {}
    elif text == '3275':
        return {}
    elif text == '3276':
        return {}
    elif text == '3277':
        return {}
    elif text == '3278':
        return {}
    elif text == '3279':
        return {}
    elif text == '3280':
        return {}
    elif text == '3281':
        return {}
    elif text == '3282':
        return {}
    elif text == '3283':
        return {}
    elif text == '3284':
        return {}
    elif text == '3285':
        return {}
    elif text == '3286':
        return {}
    elif text == '3287':
        return {}
    elif text == '3288':
        return {}
    elif text == '3289':
        return {}
    elif text == '3290':
        return {}
    elif text == '3291':
        return {}
    elif text == '3292':
        return {}
    elif text == '3293':
        return {}
    elif text == '3294':
        return {}
    elif text == '3295':
        return {}
    elif text == '3296':
        return {}
    elif text == '3297':
        return {}
    elif text == '3298':
        return {}
    elif text == '3299':
        return {}
    elif text == '3300':
        return {}
    elif text == '3301':
        return {}
    elif text == '3302':
        return {}
    elif text == '3303':
        return {}
    elif text == '3304':
        return {}
    elif text == '3305':
        return {}
    elif text == '3306':
        return {}
    elif text == '3307':
        return {}
    elif text == '3308':
        return {}
    elif text == '3309':
        return {}
    elif text == '3310':
        return {}
    elif text == '3311':
        return {}
    elif text == '3312':
        return {}
    elif text == '3313':
        return {}
    elif text == '3314':
        return {}
    elif text == '3315':
        return {}
    elif text == '3316':
        return {}
    elif text == '3317':
        return {}
    elif text == '3318':
        return {}
    elif text == '3319':
        return {}
    elif text == '3320':
        return {}
    elif text == '3321':
        return {}
    elif text == '3322':
        return {}
    elif text == '3323':
        return {}
    elif text == '3324':
        return {}
    elif text == '3325':
        return {}
    elif text == '3326':
        return {}
    elif text == '3327':
        return {}
    elif text == '3328':
        return {}
    elif text == '3329':
        return {}
    elif text == '3330':
        return {}
    elif text == '3331':
        return {}
    elif text == '3332':
        return {}
    elif text == '3333':
        return {}
    elif text == '3334':
        return {}
    elif text == '3335':
        return {}
    elif text == '3336':
        return {}
    elif text == '3337':
        return {}
    elif text == '3338':
        return {}
    elif text == '3339':
        return {}
    elif text == '3340':
        return {}
    elif text == '3341':
        return {}
    elif text == '3342':
        return {}
    elif text == '3343':
        return {}
    elif text == '3344':
        return {}
    elif text == '3345':
        return {}
    elif text == '3346':
        return {}
    elif text == '3347':
        return {}
    elif text == '3348':
        return {}
    elif text == '3349':
        return {}
    elif text == '3350':
        return {}
    elif text == '3351':
        return {}
    elif text == '3352':
        return {}
    elif text == '3353':
        return {}
    elif text == '3354':
        return {}
    elif text == '3355':
        return {}
    elif text == '3356':
        return {}
    elif text == '3357':
        return {}
    elif text == '3358':
        return {}
    elif text == '3359':
        return {}
    elif text == '3360':
        return {}
    elif text == '3361':
        return {}
    elif text == '3362':
        return {}
    elif text == '3363':
        return {}
    elif text == '3364':
        return {}
    elif text == '3365':
        return {}
    elif text == '3366':
        return {}
    elif text == '3367':
        return {}
    elif text == '3368':
        return {}
    elif text == '3369':
        return {}
    elif text == '3370':
        return {}
    elif text == '3371':
        return {}
    elif text == '3372':
        return {}
    elif text == '3373':
        return {}
    elif text == '3374':
        return {}
    elif text == '3375':
        return {}
    elif text == '3376':
        return {}
    elif text == '3377':
        return {}
    elif text == '3378':
        return {}
    elif text == '3379':
        return {}
    elif text == '3380':
        return {}
    elif text == '3381':
        return {}
    elif text == '3382':
        return {}
    elif text == '3383':
        return {}
    elif text == '3384':
        return {}
    elif text == '3385':
        return {}
    elif text == '3386':
        return {}
    elif text == '3387':
        return {}
    elif text == '3388':
        return {}
    elif text == '3389':
        return {}
    elif text == '3390':
        return {}
    elif text == '3391':
        return {}
    elif text == '3392':
        return {}
    elif text == '3393':
        return {}
    elif text == '3394':
        return {}
    elif text == '3395':
        return {}
    elif text == '3396':
        return {}
    elif text == '3397':
        return {}
    elif text == '3398':
        return {}
    elif text == '3399':
        return {}
    elif text == '3400':
        return {}
    elif text == '3401':
        return {}
    elif text == '3402':
        return {}
    elif text == '3403':
        return {}
    elif text == '3404':
        return {}
    elif text == '3405':
        return {}
    elif text == '3406':
        return {}
    elif text == '3407':
        return {}
    elif text == '3408':
        return {}
    elif text == '3409':
        return {}
    elif text == '3410':
        return {}
    elif text == '3411':
        return {}
    elif text == '3412':
        return {}
    elif text == '3413':
        return {}
    elif text == '3414':
        return {}
    elif text == '3415':
        return {}
    elif text == '3416':
        return {}
    elif text == '3417':
        return {}
    elif text == '3418':
        return {}
    elif text == '3419':
        return {}
    elif text == '3420':
        return {}
    elif text == '3421':
        return {}
    elif text == '3422':
        return {}
    elif text == '3423':
        return {}
    elif text == '3424':
        return {}
    elif text == '3425':
        return {}
    elif text == '3426':
        return {}
    elif text == '3427':
        return {}
    elif text == '3428':
        return {}
    elif text == '3429':
        return {}
    elif text == '3430':
        return {}
    elif text == '3431':
        return {}
    elif text == '3432':
        return {}
    elif text == '3433':
        return {}
    elif text == '3434':
        return {}
    elif text == '3435':
        return {}
    elif text == '3436':
        return {}
    elif text == '3437':
        return {}
    elif text == '3438':
        return {}
    elif text == '3439':
        return {}
    elif text == '3440':
        return {}
    elif text == '3441':
        return {}
    elif text == '3442':
        return {}
    elif text == '3443':
        return {}
    elif text == '3444':
        return {}
    elif text == '3445':
        return {}
    elif text == '3446':
        return {}
    elif text == '3447':
        return {}
    elif text == '3448':
        return {}
    elif text == '3449':
        return {}
    elif text == '3450':
        return {}
    elif text == '3451':
        return {}
    elif text == '3452':
        return {}
    elif text == '3453':
        return {}
    elif text == '3454':
        return {}
    elif text == '3455':
        return {}
    elif text == '3456':
        return {}
    elif text == '3457':
        return {}
    elif text == '3458':
        return {}
    elif text == '3459':
        return {}
    elif text == '3460':
        return {}
    elif text == '3461':
        return {}
    elif text == '3462':
        return {}
    elif text == '3463':
        return {}
    elif text == '3464':
        return {}
    elif text == '3465':
        return {}
    elif text == '3466':
        return {}
    elif text == '3467':
        return {}
    elif text == '3468':
        return {}
    elif text == '3469':
        return {}
    elif text == '3470':
        return {}
    elif text == '3471':
        return {}
    elif text == '3472':
        return {}
    elif text == '3473':
        return {}
    elif text == '3474':
        return {}
    elif text == '3475':
        return {}
    elif text == '3476':
        return {}
    elif text == '3477':
        return {}
    elif text == '3478':
        return {}
    elif text == '3479':
        return {}
    elif text == '3480':
        return {}
    elif text == '3481':
        return {}
    elif text == '3482':
        return {}
    elif text == '3483':
        return {}
    elif text == '3484':
        return {}
    elif text == '3485':
        return {}
    elif text == '3486':
        return {}
    elif text == '3487':
        return {}
    elif text == '3488':
        return {}
    elif text == '3489':
        return {}
    elif text == '3490':
        return {}
    elif text == '3491':
        return {}
    elif text == '3492':
        return {}
    elif text == '3493':
        return {}
    elif text == '3494':
        return {}
    elif text == '3495':
        return {}
    elif text == '3496':
        return {}
    elif text == '3497':
        return {}
    elif text == '3498':
        return {}
    elif text == '3499':
        return {}
    elif text == '3500':
        return {}
    elif text == '3501':
        return {}
    elif text == '3502':
        return {}
    elif text == '3503':
        return {}
    elif text == '3504':
        return {}
    elif text == '3505':
        return {}
    elif text == '3506':
        return {}
    elif text == '3507':
        return {}
    elif text == '3508':
        return {}
    elif text == '3509':
        return {}
    elif text == '3510':
        return {}
    elif text == '3511':
        return {}
    elif text == '3512':
        return {}
    elif text == '3513':
        return {}
    elif text == '3514':
        return {}
    elif text == '3515':
        return {}
    elif text == '3516':
        return {}
    elif text == '3517':
        return {}
    elif text == '3518':
        return {}
    elif text == '3519':
        return {}
    elif text == '3520':
        return {}
    elif text == '3521':
        return {}
    elif text == '3522':
        return {}
    elif text == '3523':
        return {}
    elif text == '3524':
        return {}
    elif text == '3525':
        return {}
    elif text == '3526':
        return {}
    elif text == '3527':
        return {}
    elif text == '3528':
        return {}
    elif text == '3529':
        return {}
    elif text == '3530':
        return {}
    elif text == '3531':
        return {}
    elif text == '3532':
        return {}
    elif text == '3533':
        return {}
    elif text == '3534':
        return {}
    elif text == '3535':
        return {}
    elif text == '3536':
        return {}
    elif text == '3537':
        return {}
    elif text == '3538':
        return {}
    elif text == '3539':
        return {}
    elif text == '3540':
        return {}
    elif text == '3541':
        return {}
    elif text == '3542':
        return {}
    elif text == '3543':
        return {}
    elif text == '3544':
        return {}
    elif text == '3545':
        return {}
    elif text == '3546':
        return {}
    elif text == '3547':
        return {}
    elif text == '3548':
        return {}
    elif text == '3549':
        return {}
    elif text == '3550':
        return {}
    elif text == '3551':
        return {}
    elif text == '3552':
        return {}
    elif text == '3553':
        return {}
    elif text == '3554':
        return {}
    elif text == '3555':
        return {}
    elif text == '3556':
        return {}
    elif text == '3557':
        return {}
    elif text == '3558':
        return {}
    elif text == '3559':
        return {}
    elif text == '3560':
        return {}
    elif text == '3561':
        return {}
    elif text == '3562':
        return {}
    elif text == '3563':
        return {}
    elif text == '3564':
        return {}
    elif text == '3565':
        return {}
    elif text == '3566':
        return {}
    elif text == '3567':
        return {}
    elif text == '3568':
        return {}
    elif text == '3569':
        return {}
    elif text == '3570':
        return {}
    elif text == '3571':
        return {}
    elif text == '3572':
        return {}
    elif text == '3573':
        return {}
    elif text == '3574':
        return {}
    elif text == '3575':
        return {}
    elif text == '3576':
        return {}
    elif text == '3577':
        return {}
    elif text == '3578':
        return {}
    elif text == '3579':
        return {}
    elif text == '3580':
        return {}
    elif text == '3581':
        return {}
    elif text == '3582':
        return {}
    elif text == '3583':
        return {}
    elif text == '3584':
        return {}
    elif text == '3585':
        return {}
    elif text == '3586':
        return {}
    elif text == '3587':
        return {}
    elif text == '3588':
        return {}
    elif text == '3589':
        return {}
    elif text == '3590':
        return {}
    elif text == '3591':
        return {}
    elif text == '3592':
        return {}
    elif text == '3593':
        return {}
    elif text == '3594':
        return {}
    elif text == '3595':
        return {}
    elif text == '3596':
        return {}
    elif text == '3597':
        return {}
    elif text == '3598':
        return {}
    elif text == '3599':
        return {}
    elif text == '3600':
        return {}
    elif text == '3601':
        return {}
    elif text == '3602':
        return {}
    elif text == '3603':
        return {}
    elif text == '3604':
        return {}
    elif text == '3605':
        return {}
    elif text == '3606':
        return {}
    elif text == '3607':
        return {}
    elif text == '3608':
        return {}
    elif text == '3609':
        return {}
    elif text == '3610':
        return {}
    elif text == '3611':
        return {}
    elif text == '3612':
        return {}
    elif text == '3613':
        return {}
    elif text == '3614':
        return {}
    elif text == '3615':
        return {}
    elif text == '3616':
        return {}
    elif text == '3617':
        return {}
    elif text == '3618':
        return {}
    elif text == '3619':
        return {}
    elif text == '3620':
        return {}
    elif text == '3621':
        return {}
    elif text == '3622':
        return {}
    elif text == '3623':
        return {}
    elif text == '3624':
        return {}
    elif text == '3625':
        return {}
    elif text == '3626':
        return {}
    elif text == '3627':
        return {}
    elif text == '3628':
        return {}
    elif text == '3629':
        return {}
    elif text == '3630':
        return {}
    elif text == '3631':
        return {}
    elif text == '3632':
        return {}
    elif text == '3633':
        return {}
    elif text == '3634':
        return {}
    elif text == '3635':
        return {}
    elif text == '3636':
        return {}
    elif text == '3637':
        return {}
    elif text == '3638':
        return {}
    elif text == '3639':
        return {}
    elif text == '3640':
        return {}
    elif text == '3641':
        return {}
    elif text == '3642':
        return {}
    elif text == '3643':
        return {}
    elif text == '3644':
        return {}
    elif text == '3645':
        return {}
    elif text == '3646':
        return {}
    elif text == '3647':
        return {}
    elif text == '3648':
        return {}
    elif text == '3649':
        return {}
    elif text == '3650':
        return {}
    elif text == '3651':
        return {}
    elif text == '3652':
        return {}
    elif text == '3653':
        return {}
    elif text == '3654':
        return {}
    elif text == '3655':
        return {}
    elif text == '3656':
        return {}
    elif text == '3657':
        return {}
    elif text == '3658':
        return {}
    elif text == '3659':
        return {}
    elif text == '3660':
        return {}
    elif text == '3661':
        return {}
    elif text == '3662':
        return {}
    elif text == '3663':
        return {}
    elif text == '3664':
        return {}
    elif text == '3665':
        return {}
    elif text == '3666':
        return {}
    elif text == '3667':
        return {}
    elif text == '3668':
        return {}
    elif text == '3669':
        return {}
    elif text == '3670':
        return {}
    elif text == '3671':
        return {}
    elif text == '3672':
        return {}
    elif text == '3673':
        return {}
    elif text == '3674':
        return {}
    elif text == '3675':
        return {}
    elif text == '3676':
        return {}
    elif text == '3677':
        return {}
    elif text == '3678':
        return {}
    elif text == '3679':
        return {}
    elif text == '3680':
        return {}
    elif text == '3681':
        return {}
    elif text == '3682':
        return {}
    elif text == '3683':
        return {}
    elif text == '3684':
        return {}
    elif text == '3685':
        return {}
    elif text == '3686':
        return {}
    elif text == '3687':
        return {}
    elif text == '3688':
        return {}
    elif text == '3689':
        return {}
    elif text == '3690':
        return {}
    elif text == '3691':
        return {}
    elif text == '3692':
        return {}
    elif text == '3693':
        return {}
    elif text == '3694':
        return {}
    elif text == '3695':
        return {}
    elif text == '3696':
        return {}
    elif text == '3697':
        return {}
    elif text == '3698':
        return {}
    elif text == '3699':
        return {}
    elif text == '3700':
        return {}
    elif text == '3701':
        return {}
    elif text == '3702':
        return {}
    elif text == '3703':
        return {}
    elif text == '3704':
        return {}
    elif text == '3705':
        return {}
    elif text == '3706':
        return {}
    elif text == '3707':
        return {}
    elif text == '3708':
        return {}
    elif text == '3709':
        return {}
    elif text == '3710':
        return {}
    elif text == '3711':
        return {}
    elif text == '3712':
        return {}
    elif text == '3713':
        return {}
    elif text == '3714':
        return {}
    elif text == '3715':
        return {}
    elif text == '3716':
        return {}
    elif text == '3717':
        return {}
    elif text == '3718':
        return {}
    elif text == '3719':
        return {}
    elif text == '3720':
        return {}
    elif text == '3721':
        return {}
    elif text == '3722':
        return {}
    elif text == '3723':
        return {}
    elif text == '3724':
        return {}
    elif text == '3725':
        return {}
    elif text == '3726':
        return {}
    elif text == '3727':
        return {}
    elif text == '3728':
        return {}
    elif text == '3729':
        return {}
    elif text == '3730':
        return {}
    elif text == '3731':
        return {}
    elif text == '3732':
        return {}
    elif text == '3733':
        return {}
    elif text == '3734':
        return {}
    elif text == '3735':
        return {}
    elif text == '3736':
        return {}
    elif text == '3737':
        return {}
    elif text == '3738':
        return {}
    elif text == '3739':
        return {}
    elif text == '3740':
        return {}
    elif text == '3741':
        return {}
    elif text == '3742':
        return {}
    elif text == '3743':
        return {}
    elif text == '3744':
        return {}
    elif text == '3745':
        return {}
    elif text == '3746':
        return {}
    elif text == '3747':
        return {}
    elif text == '3748':
        return {}
    elif text == '3749':
        return {}
    elif text == '3750':
        return {}
    elif text == '3751':
        return {}
    elif text == '3752':
        return {}
    elif text == '3753':
        return {}
    elif text == '3754':
        return {}
    elif text == '3755':
        return {}
    elif text == '3756':
        return {}
    elif text == '3757':
        return {}
    elif text == '3758':
        return {}
    elif text == '3759':
        return {}
    elif text == '3760':
        return {}
    elif text == '3761':
        return {}
    elif text == '3762':
        return {}
    elif text == '3763':
        return {}
    elif text == '3764':
        return {}
    elif text == '3765':
        return {}
    elif text == '3766':
        return {}
    elif text == '3767':
        return {}
    elif text == '3768':
        return {}
    elif text == '3769':
        return {}
    elif text == '3770':
        return {}
    elif text == '3771':
        return {}
    elif text == '3772':
        return {}
    elif text == '3773':
        return {}
    elif text == '3774':
        return {}
    elif text == '3775':
        return {}
    elif text == '3776':
        return {}
    elif text == '3777':
        return {}
    elif text == '3778':
        return {}
    elif text == '3779':
        return {}
    elif text == '3780':
        return {}
    elif text == '3781':
        return {}
    elif text == '3782':
        return {}
    elif text == '3783':
        return {}
    elif text == '3784':
        return {}
    elif text == '3785':
        return {}
    elif text == '3786':
        return {}
    elif text == '3787':
        return {}
    elif text == '3788':
        return {}
    elif text == '3789':
        return {}
    elif text == '3790':
        return {}
    elif text == '3791':
        return {}
    elif text == '3792':
        return {}
    elif text == '3793':
        return {}
    elif text == '3794':
        return {}
    elif text == '3795':
        return {}
    elif text == '3796':
        return {}
    elif text == '3797':
        return {}
    elif text == '3798':
        return {}
    elif text == '3799':
        return {}
    elif text == '3800':
        return {}
    elif text == '3801':
        return {}
    elif text == '3802':
        return {}
    elif text == '3803':
        return {}
    elif text == '3804':
        return {}
    elif text == '3805':
        return {}
    elif text == '3806':
        return {}
    elif text == '3807':
        return {}
    elif text == '3808':
        return {}
    elif text == '3809':
        return {}
    elif text == '3810':
        return {}
    elif text == '3811':
        return {}
    elif text == '3812':
        return {}
    elif text == '3813':
        return {}
    elif text == '3814':
        return {}
    elif text == '3815':
        return {}
    elif text == '3816':
        return {}
    elif text == '3817':
        return {}
    elif text == '3818':
        return {}
    elif text == '3819':
        return {}
    elif text == '3820':
        return {}
    elif text == '3821':
        return {}
    elif text == '3822':
        return {}
    elif text == '3823':
        return {}
    elif text == '3824':
        return {}
    elif text == '3825':
        return {}
    elif text == '3826':
        return {}
    elif text == '3827':
        return {}
    elif text == '3828':
        return {}
    elif text == '3829':
        return {}
    elif text == '3830':
        return {}
    elif text == '3831':
        return {}
    elif text == '3832':
        return {}
    elif text == '3833':
        return {}
    elif text == '3834':
        return {}
    elif text == '3835':
        return {}
    elif text == '3836':
        return {}
    elif text == '3837':
        return {}
    elif text == '3838':
        return {}
    elif text == '3839':
        return {}
    elif text == '3840':
        return {}
    elif text == '3841':
        return {}
    elif text == '3842':
        return {}
    elif text == '3843':
        return {}
    elif text == '3844':
        return {}
    elif text == '3845':
        return {}
    elif text == '3846':
        return {}
    elif text == '3847':
        return {}
    elif text == '3848':
        return {}
    elif text == '3849':
        return {}
    elif text == '3850':
        return {}
    elif text == '3851':
        return {}
    elif text == '3852':
        return {}
    elif text == '3853':
        return {}
    elif text == '3854':
        return {}
    elif text == '3855':
        return {}
    elif text == '3856':
        return {}
    elif text == '3857':
        return {}
    elif text == '3858':
        return {}
    elif text == '3859':
        return {}
    elif text == '3860':
        return {}
    elif text == '3861':
        return {}
    elif text == '3862':
        return {}
    elif text == '3863':
        return {}
    elif text == '3864':
        return {}
    elif text == '3865':
        return {}
    elif text == '3866':
        return {}
    elif text == '3867':
        return {}
    elif text == '3868':
        return {}
    elif text == '3869':
        return {}
    elif text == '3870':
        return {}
    elif text == '3871':
        return {}
    elif text == '3872':
        return {}
    elif text == '3873':
        return {}
    elif text == '3874':
        return {}
    elif text == '3875':
        return {}
    elif text == '3876':
        return {}
    elif text == '3877':
        return {}
    elif text == '3878':
        return {}
    elif text == '3879':
        return {}
    elif text == '3880':
        return {}
    elif text == '3881':
        return {}
    elif text == '3882':
        return {}
    elif text == '3883':
        return {}
    elif text == '3884':
        return {}
    elif text == '3885':
        return {}
    elif text == '3886':
        return {}
    elif text == '3887':
        return {}
    elif text == '3888':
        return {}
    elif text == '3889':
        return {}
    elif text == '3890':
        return {}
    elif text == '3891':
        return {}
    elif text == '3892':
        return {}
    elif text == '3893':
        return {}
    elif text == '3894':
        return {}
    elif text == '3895':
        return {}
    elif text == '3896':
        return {}
    elif text == '3897':
        return {}
    elif text == '3898':
        return {}
    elif text == '3899':
        return {}
    elif text == '3900':
        return {}
    elif text == '3901':
        return {}
    elif text == '3902':
        return {}
    elif text == '3903':
        return {}
    elif text == '3904':
        return {}
    elif text == '3905':
        return {}
    elif text == '3906':
        return {}
    elif text == '3907':
        return {}
    elif text == '3908':
        return {}
    elif text == '3909':
        return {}
    elif text == '3910':
        return {}
    elif text == '3911':
        return {}
    elif text == '3912':
        return {}
    elif text == '3913':
        return {}
    elif text == '3914':
        return {}
    elif text == '3915':
        return {}
    elif text == '3916':
        return {}
    elif text == '3917':
        return {}
    elif text == '3918':
        return {}
    elif text == '3919':
        return {}
    elif text == '3920':
        return {}
    elif text == '3921':
        return {}
    elif text == '3922':
        return {}
    elif text == '3923':
        return {}
    elif text == '3924':
        return {}
    elif text == '3925':
        return {}
    elif text == '3926':
        return {}
    elif text == '3927':
        return {}
    elif text == '3928':
        return {}
    elif text == '3929':
        return {}
    elif text == '3930':
        return {}
    elif text == '3931':
        return {}
    elif text == '3932':
        return {}
    elif text == '3933':
        return {}
    elif text == '3934':
        return {}
    elif text == '3935':
        return {}
    elif text == '3936':
        return {}
    elif text == '3937':
        return {}
    elif text == '3938':
        return {}
    elif text == '3939':
        return {}
    elif text == '3940':
        return {}
    elif text == '3941':
        return {}
    elif text == '3942':
        return {}
    elif text == '3943':
        return {}
    elif text == '3944':
        return {}
    elif text == '3945':
        return {}
    elif text == '3946':
        return {}
    elif text == '3947':
        return {}
    elif text == '3948':
        return {}
    elif text == '3949':
        return {}
    elif text == '3950':
        return {}
    elif text == '3951':
        return {}
    elif text == '3952':
        return {}
    elif text == '3953':
        return {}
    elif text == '3954':
        return {}
    elif text == '3955':
        return {}
    elif text == '3956':
        return {}
    elif text == '3957':
        return {}
    elif text == '3958':
        return {}
    elif text == '3959':
        return {}
    elif text == '3960':
        return {}
    elif text == '3961':
        return {}
    elif text == '3962':
        return {}
    elif text == '3963':
        return {}
    elif text == '3964':
        return {}
    elif text == '3965':
        return {}
    elif text == '3966':
        return {}
    elif text == '3967':
        return {}
    elif text == '3968':
        return {}
    elif text == '3969':
        return {}
    elif text == '3970':
        return {}
    elif text == '3971':
        return {}
    elif text == '3972':
        return {}
    elif text == '3973':
        return {}
    elif text == '3974':
        return {}
    elif text == '3975':
        return {}
    elif text == '3976':
        return {}
    elif text == '3977':
        return {}
    elif text == '3978':
        return {}
    elif text == '3979':
        return {}
    elif text == '3980':
        return {}
    elif text == '3981':
        return {}
    elif text == '3982':
        return {}
    elif text == '3983':
        return {}
    elif text == '3984':
        return {}
    elif text == '3985':
        return {}
    elif text == '3986':
        return {}
    elif text == '3987':
        return {}
    elif text == '3988':
        return {}
    elif text == '3989':
        return {}
    elif text == '3990':
        return {}
    elif text == '3991':
        return {}
    elif text == '3992':
        return {}
    elif text == '3993':
        return {}
    elif text == '3994':
        return {}
    elif text == '3995':
        return {}
    elif text == '3996':
        return {}
    elif text == '3997':
        return {}
    elif text == '3998':
        return {}
    elif text == '3999':
        return {}
    elif text == '4000':
        return {}
    elif text == '4001':
        return {}
    elif text == '4002':
        return {}
    elif text == '4003':
        return {}
    elif text == '4004':
        return {}
    elif text == '4005':
        return {}
    elif text == '4006':
        return {}
    elif text == '4007':
        return {}
    elif text == '4008':
        return {}
    elif text == '4009':
        return {}
    elif text == '4010':
        return {}
    elif text == '4011':
        return {}
    elif text == '4012':
        return {}
    elif text == '4013':
        return {}
    elif text == '4014':
        return {}
    elif text == '4015':
        return {}
    elif text == '4016':
        return {}
    elif text == '4017':
        return {}
    elif text == '4018':
        return {}
    elif text == '4019':
        return {}
    elif text == '4020':
        return {}
    elif text == '4021':
        return {}
    elif text == '4022':
        return {}
    elif text == '4023':
        return {}
    elif text == '4024':
        return {}
    elif text == '4025':
        return {}
    elif text == '4026':
        return {}
    elif text == '4027':
        return {}
    elif text == '4028':
        return {}
    elif text == '4029':
        return {}
    elif text == '4030':
        return {}
    elif text == '4031':
        return {}
    elif text == '4032':
        return {}
    elif text == '4033':
        return {}
    elif text == '4034':
        return {}
    elif text == '4035':
        return {}
    elif text == '4036':
        return {}
    elif text == '4037':
        return {}
    elif text == '4038':
        return {}
    elif text == '4039':
        return {}
    elif text == '4040':
        return {}
    elif text == '4041':
        return {}
    elif text == '4042':
        return {}
    elif text == '4043':
        return {}
    elif text == '4044':
        return {}
    elif text == '4045':
        return {}
    elif text == '4046':
        return {}
    elif text == '4047':
        return {}
    elif text == '4048':
        return {}
    elif text == '4049':
        return {}
    elif text == '4050':
        return {}
    elif text == '4051':
        return {}
    elif text == '4052':
        return {}
    elif text == '4053':
        return {}
    elif text == '4054':
        return {}
    elif text == '4055':
        return {}
    elif text == '4056':
        return {}
    elif text == '4057':
        return {}
    elif text == '4058':
        return {}
    elif text == '4059':
        return {}
    elif text == '4060':
        return {}
    elif text == '4061':
        return {}
    elif text == '4062':
        return {}
    elif text == '4063':
        return {}
    elif text == '4064':
        return {}
    elif text == '4065':
        return {}
    elif text == '4066':
        return {}
    elif text == '4067':
        return {}
    elif text == '4068':
        return {}
    elif text == '4069':
        return {}
    elif text == '4070':
        return {}
    elif text == '4071':
        return {}
    elif text == '4072':
        return {}
    elif text == '4073':
        return {}
    elif text == '4074':
        return {}
    elif text == '4075':
        return {}
    elif text == '4076':
        return {}
    elif text == '4077':
        return {}
    elif text == '4078':
        return {}
    elif text == '4079':
        return {}
    elif text == '4080':
        return {}
    elif text == '4081':
        return {}
    elif text == '4082':
        return {}
    elif text == '4083':
        return {}
    elif text == '4084':
        return {}
    elif text == '4085':
        return {}
    elif text == '4086':
        return {}
    elif text == '4087':
        return {}
    elif text == '4088':
        return {}
    elif text == '4089':
        return {}
    elif text == '4090':
        return {}
    elif text == '4091':
        return {}
    elif text == '4092':
        return {}
    elif text == '4093':
        return {}
    elif text == '4094':
        return {}
    elif text == '4095':
        return {}
    elif text == '4096':
        return {}
    elif text == '4097':
        return {}
    elif text == '4098':
        return {}
    elif text == '4099':
        return {}
    elif text == '4100':
        return {}
    elif text == '4101':
        return {}
    elif text == '4102':
        return {}
    elif text == '4103':
        return {}
    elif text == '4104':
        return {}
    elif text == '4105':
        return {}
    elif text == '4106':
        return {}
    elif text == '4107':
        return {}
    elif text == '4108':
        return {}
    elif text == '4109':
        return {}
    elif text == '4110':
        return {}
    elif text == '4111':
        return {}
    elif text == '4112':
        return {}
    elif text == '4113':
        return {}
    elif text == '4114':
        return {}
    elif text == '4115':
        return {}
    elif text == '4116':
        return {}
    elif text == '4117':
        return {}
    elif text == '4118':
        return {}
    elif text == '4119':
        return {}
    elif text == '4120':
        return {}
    elif text == '4121':
        return {}
    elif text == '4122':
        return {}
    elif text == '4123':
        return {}
    elif text == '4124':
        return {}
    elif text == '4125':
        return {}
    elif text == '4126':
        return {}
    elif text == '4127':
        return {}
    elif text == '4128':
        return {}
    elif text == '4129':
        return {}
    elif text == '4130':
        return {}
    elif text == '4131':
        return {}
    elif text == '4132':
        return {}
    elif text == '4133':
        return {}
    elif text == '4134':
        return {}
    elif text == '4135':
        return {}
    elif text == '4136':
        return {}
    elif text == '4137':
        return {}
    elif text == '4138':
        return {}
    elif text == '4139':
        return {}
    elif text == '4140':
        return {}
    elif text == '4141':
        return {}
    elif text == '4142':
        return {}
    elif text == '4143':
        return {}
    elif text == '4144':
        return {}
    elif text == '4145':
        return {}
    elif text == '4146':
        return {}
    elif text == '4147':
        return {}
    elif text == '4148':
        return {}
    elif text == '4149':
        return {}
    elif text == '4150':
        return {}
    elif text == '4151':
        return {}
    elif text == '4152':
        return {}
    elif text == '4153':
        return {}
    elif text == '4154':
        return {}
    elif text == '4155':
        return {}
    elif text == '4156':
        return {}
    elif text == '4157':
        return {}
    elif text == '4158':
        return {}
    elif text == '4159':
        return {}
    elif text == '4160':
        return {}
    elif text == '4161':
        return {}
    elif text == '4162':
        return {}
    elif text == '4163':
        return {}
    elif text == '4164':
        return {}
    elif text == '4165':
        return {}
    elif text == '4166':
        return {}
    elif text == '4167':
        return {}
    elif text == '4168':
        return {}
    elif text == '4169':
        return {}
    elif text == '4170':
        return {}
    elif text == '4171':
        return {}
    elif text == '4172':
        return {}
    elif text == '4173':
        return {}
    elif text == '4174':
        return {}
    elif text == '4175':
        return {}
    elif text == '4176':
        return {}
    elif text == '4177':
        return {}
    elif text == '4178':
        return {}
    elif text == '4179':
        return {}
    elif text == '4180':
        return {}
    elif text == '4181':
        return {}
    elif text == '4182':
        return {}
    elif text == '4183':
        return {}
    elif text == '4184':
        return {}
    elif text == '4185':
        return {}
    elif text == '4186':
        return {}
    elif text == '4187':
        return {}
    elif text == '4188':
        return {}
    elif text == '4189':
        return {}
    elif text == '4190':
        return {}
    elif text == '4191':
        return {}
    elif text == '4192':
        return {}
    elif text == '4193':
        return {}
    elif text == '4194':
        return {}
    elif text == '4195':
        return {}
    elif text == '4196':
        return {}
    elif text == '4197':
        return {}
    elif text == '4198':
        return {}
    elif text == '4199':
        return {}
    elif text == '4200':
        return {}
    elif text == '4201':
        return {}
    elif text == '4202':
        return {}
    elif text == '4203':
        return {}
    elif text == '4204':
        return {}
    elif text == '4205':
        return {}
    elif text == '4206':
        return {}
    elif text == '4207':
        return {}
    elif text == '4208':
        return {}
    elif text == '4209':
        return {}
    elif text == '4210':
        return {}
    elif text == '4211':
        return {}
    elif text == '4212':
        return {}
    elif text == '4213':
        return {}
    elif text == '4214':
        return {}
    elif text == '4215':
        return {}
    elif text == '4216':
        return {}
    elif text == '4217':
        return {}
    elif text == '4218':
        return {}
    elif text == '4219':
        return {}
    elif text == '4220':
        return {}
    elif text == '4221':
        return {}
    elif text == '4222':
        return {}
    elif text == '4223':
        return {}
    elif text == '4224':
        return {}
    elif text == '4225':
        return {}
    elif text == '4226':
        return {}
    elif text == '4227':
        return {}
    elif text == '4228':
        return {}
    elif text == '4229':
        return {}
    elif text == '4230':
        return {}
    elif text == '4231':
        return {}
    elif text == '4232':
        return {}
    elif text == '4233':
        return {}
    elif text == '4234':
        return {}
    elif text == '4235':
        return {}
    elif text == '4236':
        return {}
    elif text == '4237':
        return {}
    elif text == '4238':
        return {}
    elif text == '4239':
        return {}
    elif text == '4240':
        return {}
    elif text == '4241':
        return {}
    elif text == '4242':
        return {}
    elif text == '4243':
        return {}
    elif text == '4244':
        return {}
    elif text == '4245':
        return {}
    elif text == '4246':
        return {}
    elif text == '4247':
        return {}
    elif text == '4248':
        return {}
    elif text == '4249':
        return {}
    elif text == '4250':
        return {}
    elif text == '4251':
        return {}
    elif text == '4252':
        return {}
    elif text == '4253':
        return {}
    elif text == '4254':
        return {}
    elif text == '4255':
        return {}
    elif text == '4256':
        return {}
    elif text == '4257':
        return {}
    elif text == '4258':
        return {}
    elif text == '4259':
        return {}
    elif text == '4260':
        return {}
    elif text == '4261':
        return {}
    elif text == '4262':
        return {}
    elif text == '4263':
        return {}
    elif text == '4264':
        return {}
    elif text == '4265':
        return {}
    elif text == '4266':
        return {}
    elif text == '4267':
        return {}
    elif text == '4268':
        return {}
    elif text == '4269':
        return {}
    elif text == '4270':
        return {}
    elif text == '4271':
        return {}
    elif text == '4272':
        return {}
    elif text == '4273':
        return {}
    elif text == '4274':
        return {}
    elif text == '4275':
        return {}
    elif text == '4276':
        return {}
    elif text == '4277':
        return {}
    elif text == '4278':
        return {}
    elif text == '4279':
        return {}
    elif text == '4280':
        return {}
    elif text == '4281':
        return {}
    elif text == '4282':
        return {}
    elif text == '4283':
        return {}
    elif text == '4284':
        return {}
    elif text == '4285':
        return {}
    elif text == '4286':
        return {}
    elif text == '4287':
        return {}
    elif text == '4288':
        return {}
    elif text == '4289':
        return {}
    elif text == '4290':
        return {}
    elif text == '4291':
        return {}
    elif text == '4292':
        return {}
    elif text == '4293':
        return {}
    elif text == '4294':
        return {}
    elif text == '4295':
        return {}
    elif text == '4296':
        return {}
    elif text == '4297':
        return {}
    elif text == '4298':
        return {}
    elif text == '4299':
        return {}
    elif text == '4300':
        return {}
    elif text == '4301':
        return {}
    elif text == '4302':
        return {}
    elif text == '4303':
        return {}
    elif text == '4304':
        return {}
    elif text == '4305':
        return {}
    elif text == '4306':
        return {}
    elif text == '4307':
        return {}
    elif text == '4308':
        return {}
    elif text == '4309':
        return {}
    elif text == '4310':
        return {}
    elif text == '4311':
        return {}
    elif text == '4312':
        return {}
    elif text == '4313':
        return {}
    elif text == '4314':
        return {}
    elif text == '4315':
        return {}
    elif text == '4316':
        return {}
    elif text == '4317':
        return {}
    elif text == '4318':
        return {}
    elif text == '4319':
        return {}
    elif text == '4320':
        return {}
    elif text == '4321':
        return {}
    elif text == '4322':
        return {}
    elif text == '4323':
        return {}
    elif text == '4324':
        return {}
    elif text == '4325':
        return {}
    elif text == '4326':
        return {}
    elif text == '4327':
        return {}
    elif text == '4328':
        return {}
    elif text == '4329':
        return {}
    elif text == '4330':
        return {}
    elif text == '4331':
        return {}
    elif text == '4332':
        return {}
    elif text == '4333':
        return {}
    elif text == '4334':
        return {}
    elif text == '4335':
        return {}
    elif text == '4336':
        return {}
    elif text == '4337':
        return {}
    elif text == '4338':
        return {}
    elif text == '4339':
        return {}
    elif text == '4340':
        return {}
    elif text == '4341':
        return {}
    elif text == '4342':
        return {}
    elif text == '4343':
        return {}
    elif text == '4344':
        return {}
    elif text == '4345':
        return {}
    elif text == '4346':
        return {}
    elif text == '4347':
        return {}
    elif text == '4348':
        return {}
    elif text == '4349':
        return {}
    elif text == '4350':
        return {}
    elif text == '4351':
        return {}
    elif text == '4352':
        return {}
    elif text == '4353':
        return {}
    elif text == '4354':
        return {}
    elif text == '4355':
        return {}
    elif text == '4356':
        return {}
    elif text == '4357':
        return {}
    elif text == '4358':
        return {}
    elif text == '4359':
        return {}
    elif text == '4360':
        return {}
    elif text == '4361':
        return {}
    elif text == '4362':
        return {}
    elif text == '4363':
        return {}
    elif text == '4364':
        return {}
    elif text == '4365':
        return {}
    elif text == '4366':
        return {}
    elif text == '4367':
        return {}
    elif text == '4368':
        return {}
    elif text == '4369':
        return {}
    elif text == '4370':
        return {}
    elif text == '4371':
        return {}
    elif text == '4372':
        return {}
    elif text == '4373':
        return {}
    elif text == '4374':
        return {}
    elif text == '4375':
        return {}
    elif text == '4376':
        return {}
    elif text == '4377':
        return {}
    elif text == '4378':
        return {}
    elif text == '4379':
        return {}
    elif text == '4380':
        return {}
    elif text == '4381':
        return {}
    elif text == '4382':
        return {}
    elif text == '4383':
        return {}
    elif text == '4384':
        return {}
    elif text == '4385':
        return {}
    elif text == '4386':
        return {}
    elif text == '4387':
        return {}
    elif text == '4388':
        return {}
    elif text == '4389':
        return {}
    elif text == '4390':
        return {}
    elif text == '4391':
        return {}
    elif text == '4392':
        return {}
    elif text == '4393':
        return {}
    elif text == '4394':
        return {}
    elif text == '4395':
        return {}
    elif text == '4396':
        return {}
    elif text == '4397':
        return {}
    elif text == '4398':
        return {}
    elif text == '4399':
        return {}
    elif text == '4400':
        return {}
    elif text == '4401':
        return {}
    elif text == '4402':
        return {}
    elif text == '4403':
        return {}
    elif text == '4404':
        return {}
    elif text == '4405':
        return {}
    elif text == '4406':
        return {}
    elif text == '4407':
        return {}
    elif text == '4408':
        return {}
    elif text == '4409':
        return {}
    elif text == '4410':
        return {}
    elif text == '4411':
        return {}
    elif text == '4412':
        return {}
    elif text == '4413':
        return {}
    elif text == '4414':
        return {}
    elif text == '4415':
        return {}
    elif text == '4416':
        return {}
    elif text == '4417':
        return {}
    elif text == '4418':
        return {}
    elif text == '4419':
        return {}
    elif text == '4420':
        return {}
    elif text == '4421':
        return {}
    elif text == '4422':
        return {}
    elif text == '4423':
        return {}
    elif text == '4424':
        return {}
    elif text == '4425':
        return {}
    elif text == '4426':
        return {}
    elif text == '4427':
        return {}
    elif text == '4428':
        return {}
    elif text == '4429':
        return {}
    elif text == '4430':
        return {}
    elif text == '4431':
        return {}
    elif text == '4432':
        return {}
    elif text == '4433':
        return {}
    elif text == '4434':
        return {}
    elif text == '4435':
        return {}
    elif text == '4436':
        return {}
    elif text == '4437':
        return {}
    elif text == '4438':
        return {}
    elif text == '4439':
        return {}
    elif text == '4440':
        return {}
    elif text == '4441':
        return {}
    elif text == '4442':
        return {}
    elif text == '4443':
        return {}
    elif text == '4444':
        return {}
    elif text == '4445':
        return {}
    elif text == '4446':
        return {}
    elif text == '4447':
        return {}
    elif text == '4448':
        return {}
    elif text == '4449':
        return {}
    elif text == '4450':
        return {}
    elif text == '4451':
        return {}
    elif text == '4452':
        return {}
    elif text == '4453':
        return {}
    elif text == '4454':
        return {}
    elif text == '4455':
        return {}
    elif text == '4456':
        return {}
    elif text == '4457':
        return {}
    elif text == '4458':
        return {}
    elif text == '4459':
        return {}
    elif text == '4460':
        return {}
    elif text == '4461':
        return {}
    elif text == '4462':
        return {}
    elif text == '4463':
        return {}
    elif text == '4464':
        return {}
    elif text == '4465':
        return {}
    elif text == '4466':
        return {}
    elif text == '4467':
        return {}
    elif text == '4468':
        return {}
    elif text == '4469':
        return {}
    elif text == '4470':
        return {}
    elif text == '4471':
        return {}
    elif text == '4472':
        return {}
    elif text == '4473':
        return {}
    elif text == '4474':
        return {}
    elif text == '4475':
        return {}
    elif text == '4476':
        return {}
    elif text == '4477':
        return {}
    elif text == '4478':
        return {}
    elif text == '4479':
        return {}
    elif text == '4480':
        return {}
    elif text == '4481':
        return {}
    elif text == '4482':
        return {}
    elif text == '4483':
        return {}
    elif text == '4484':
        return {}
    elif text == '4485':
        return {}
    elif text == '4486':
        return {}
    elif text == '4487':
        return {}
    elif text == '4488':
        return {}
    elif text == '4489':
        return {}
    elif text == '4490':
        return {}
    elif text == '4491':
        return {}
    elif text == '4492':
        return {}
    elif text == '4493':
        return {}
    elif text == '4494':
        return {}
    elif text == '4495':
        return {}
    elif text == '4496':
        return {}
    elif text == '4497':
        return {}
    elif text == '4498':
        return {}
    elif text == '4499':
        return {}
    elif text == '4500':
        return {}
    elif text == '4501':
        return {}
    elif text == '4502':
        return {}
    elif text == '4503':
        return {}
    elif text == '4504':
        return {}
    elif text == '4505':
        return {}
    elif text == '4506':
        return {}
    elif text == '4507':
        return {}
    elif text == '4508':
        return {}
    elif text == '4509':
        return {}
    elif text == '4510':
        return {}
    elif text == '4511':
        return {}
    elif text == '4512':
        return {}
    elif text == '4513':
        return {}
    elif text == '4514':
        return {}
    elif text == '4515':
        return {}
    elif text == '4516':
        return {}
    elif text == '4517':
        return {}
    elif text == '4518':
        return {}
    elif text == '4519':
        return {}
    elif text == '4520':
        return {}
    elif text == '4521':
        return {}
    elif text == '4522':
        return {}
    elif text == '4523':
        return {}
    elif text == '4524':
        return {}
    elif text == '4525':
        return {}
    elif text == '4526':
        return {}
    elif text == '4527':
        return {}
    elif text == '4528':
        return {}
    elif text == '4529':
        return {}
    elif text == '4530':
        return {}
    elif text == '4531':
        return {}
    elif text == '4532':
        return {}
    elif text == '4533':
        return {}
    elif text == '4534':
        return {}
    elif text == '4535':
        return {}
    elif text == '4536':
        return {}
    elif text == '4537':
        return {}
    elif text == '4538':
        return {}
    elif text == '4539':
        return {}
    elif text == '4540':
        return {}
    elif text == '4541':
        return {}
    elif text == '4542':
        return {}
    elif text == '4543':
        return {}
    elif text == '4544':
        return {}
    elif text == '4545':
        return {}
    elif text == '4546':
        return {}
    elif text == '4547':
        return {}
    elif text == '4548':
        return {}
    elif text == '4549':
        return {}
    elif text == '4550':
        return {}
    elif text == '4551':
        return {}
    elif text == '4552':
        return {}
    elif text == '4553':
        return {}
    elif text == '4554':
        return {}
    elif text == '4555':
        return {}
    elif text == '4556':
        return {}
    elif text == '4557':
        return {}
    elif text == '4558':
        return {}
    elif text == '4559':
        return {}
    elif text == '4560':
        return {}
    elif text == '4561':
        return {}
    elif text == '4562':
        return {}
    elif text == '4563':
        return {}
    elif text == '4564':
        return {}
    elif text == '4565':
        return {}
    elif text == '4566':
        return {}
    elif text == '4567':
        return {}
    elif text == '4568':
        return {}
    elif text == '4569':
        return {}
    elif text == '4570':
        return {}
    elif text == '4571':
        return {}
    elif text == '4572':
        return {}
    elif text == '4573':
        return {}
    elif text == '4574':
        return {}
    elif text == '4575':
        return {}
    elif text == '4576':
        return {}
    elif text == '4577':
        return {}
    elif text == '4578':
        return {}
    elif text == '4579':
        return {}
    elif text == '4580':
        return {}
    elif text == '4581':
        return {}
    elif text == '4582':
        return {}
    elif text == '4583':
        return {}
    elif text == '4584':
        return {}
    elif text == '4585':
        return {}
    elif text == '4586':
        return {}
    elif text == '4587':
        return {}
    elif text == '4588':
        return {}
    elif text == '4589':
        return {}
    elif text == '4590':
        return {}
    elif text == '4591':
        return {}
    elif text == '4592':
        return {}
    elif text == '4593':
        return {}
    elif text == '4594':
        return {}
    elif text == '4595':
        return {}
    elif text == '4596':
        return {}
    elif text == '4597':
        return {}
    elif text == '4598':
        return {}
    elif text == '4599':
        return {}
    elif text == '4600':
        return {}
    elif text == '4601':
        return {}
    elif text == '4602':
        return {}
    elif text == '4603':
        return {}
    elif text == '4604':
        return {}
    elif text == '4605':
        return {}
    elif text == '4606':
        return {}
    elif text == '4607':
        return {}
    elif text == '4608':
        return {}
    elif text == '4609':
        return {}
    elif text == '4610':
        return {}
    elif text == '4611':
        return {}
    elif text == '4612':
        return {}
    elif text == '4613':
        return {}
    elif text == '4614':
        return {}
    elif text == '4615':
        return {}
    elif text == '4616':
        return {}
    elif text == '4617':
        return {}
    elif text == '4618':
        return {}
    elif text == '4619':
        return {}
    elif text == '4620':
        return {}
    elif text == '4621':
        return {}
    elif text == '4622':
        return {}
    elif text == '4623':
        return {}
    elif text == '4624':
        return {}
    elif text == '4625':
        return {}
    elif text == '4626':
        return {}
    elif text == '4627':
        return {}
    elif text == '4628':
        return {}
    elif text == '4629':
        return {}
    elif text == '4630':
        return {}
    elif text == '4631':
        return {}
    elif text == '4632':
        return {}
    elif text == '4633':
        return {}
    elif text == '4634':
        return {}
    elif text == '4635':
        return {}
    elif text == '4636':
        return {}
    elif text == '4637':
        return {}
    elif text == '4638':
        return {}
    elif text == '4639':
        return {}
    elif text == '4640':
        return {}
    elif text == '4641':
        return {}
    elif text == '4642':
        return {}
    elif text == '4643':
        return {}
    elif text == '4644':
        return {}
    elif text == '4645':
        return {}
    elif text == '4646':
        return {}
    elif text == '4647':
        return {}
    elif text == '4648':
        return {}
    elif text == '4649':
        return {}
    elif text == '4650':
        return {}
    elif text == '4651':
        return {}
    elif text == '4652':
        return {}
    elif text == '4653':
        return {}
    elif text == '4654':
        return {}
    elif text == '4655':
        return {}
    elif text == '4656':
        return {}
    elif text == '4657':
        return {}
    elif text == '4658':
        return {}
    elif text == '4659':
        return {}
    elif text == '4660':
        return {}
    elif text == '4661':
        return {}
    elif text == '4662':
        return {}
    elif text == '4663':
        return {}
    elif text == '4664':
        return {}
    elif text == '4665':
        return {}
    elif text == '4666':
        return {}
    elif text == '4667':
        return {}
    elif text == '4668':
        return {}
    elif text == '4669':
        return {}
    elif text == '4670':
        return {}
    elif text == '4671':
        return {}
    elif text == '4672':
        return {}
    elif text == '4673':
        return {}
    elif text == '4674':
        return {}
    elif text == '4675':
        return {}
    elif text == '4676':
        return {}
    elif text == '4677':
        return {}
    elif text == '4678':
        return {}
    elif text == '4679':
        return {}
    elif text == '4680':
        return {}
    elif text == '4681':
        return {}
    elif text == '4682':
        return {}
    elif text == '4683':
        return {}
    elif text == '4684':
        return {}
    elif text == '4685':
        return {}
    elif text == '4686':
        return {}
    elif text == '4687':
        return {}
    elif text == '4688':
        return {}
    elif text == '4689':
        return {}
    elif text == '4690':
        return {}
    elif text == '4691':
        return {}
    elif text == '4692':
        return {}
    elif text == '4693':
        return {}
    elif text == '4694':
        return {}
    elif text == '4695':
        return {}
    elif text == '4696':
        return {}
    elif text == '4697':
        return {}
    elif text == '4698':
        return {}
    elif text == '4699':
        return {}
    elif text == '4700':
        return {}
    elif text == '4701':
        return {}
    elif text == '4702':
        return {}
    elif text == '4703':
        return {}
    elif text == '4704':
        return {}
    elif text == '4705':
        return {}
    elif text == '4706':
        return {}
    elif text == '4707':
        return {}
    elif text == '4708':
        return {}
    elif text == '4709':
        return {}
    elif text == '4710':
        return {}
    elif text == '4711':
        return {}
    elif text == '4712':
        return {}
    elif text == '4713':
        return {}
    elif text == '4714':
        return {}
    elif text == '4715':
        return {}
    elif text == '4716':
        return {}
    elif text == '4717':
        return {}
    elif text == '4718':
        return {}
    elif text == '4719':
        return {}
    elif text == '4720':
        return {}
    elif text == '4721':
        return {}
    elif text == '4722':
        return {}
    elif text == '4723':
        return {}
    elif text == '4724':
        return {}
    elif text == '4725':
        return {}
    elif text == '4726':
        return {}
    elif text == '4727':
        return {}
    elif text == '4728':
        return {}
    elif text == '4729':
        return {}
    elif text == '4730':
        return {}
    elif text == '4731':
        return {}
    elif text == '4732':
        return {}
    elif text == '4733':
        return {}
    elif text == '4734':
        return {}
    elif text == '4735':
        return {}
    elif text == '4736':
        return {}
    elif text == '4737':
        return {}
    elif text == '4738':
        return {}
    elif text == '4739':
        return {}
    elif text == '4740':
        return {}
    elif text == '4741':
        return {}
    elif text == '4742':
        return {}
    elif text == '4743':
        return {}
    elif text == '4744':
        return {}
    elif text == '4745':
        return {}
    elif text == '4746':
        return {}
    elif text == '4747':
        return {}
    elif text == '4748':
        return {}
    elif text == '4749':
        return {}
    elif text == '4750':
        return {}
    elif text == '4751':
        return {}
    elif text == '4752':
        return {}
    elif text == '4753':
        return {}
    elif text == '4754':
        return {}
    elif text == '4755':
        return {}
    elif text == '4756':
        return {}
    elif text == '4757':
        return {}
    elif text == '4758':
        return {}
    elif text == '4759':
        return {}
    elif text == '4760':
        return {}
    elif text == '4761':
        return {}
    elif text == '4762':
        return {}
    elif text == '4763':
        return {}
    elif text == '4764':
        return {}
    elif text == '4765':
        return {}
    elif text == '4766':
        return {}
    elif text == '4767':
        return {}
    elif text == '4768':
        return {}
    elif text == '4769':
        return {}
    elif text == '4770':
        return {}
    elif text == '4771':
        return {}
    elif text == '4772':
        return {}
    elif text == '4773':
        return {}
    elif text == '4774':
        return {}
    elif text == '4775':
        return {}
    elif text == '4776':
        return {}
    elif text == '4777':
        return {}
    elif text == '4778':
        return {}
    elif text == '4779':
        return {}
    elif text == '4780':
        return {}
    elif text == '4781':
        return {}
    elif text == '4782':
        return {}
    elif text == '4783':
        return {}
    elif text == '4784':
        return {}
    elif text == '4785':
        return {}
    elif text == '4786':
        return {}
    elif text == '4787':
        return {}
    elif text == '4788':
        return {}
    elif text == '4789':
        return {}
    elif text == '4790':
        return {}
    elif text == '4791':
        return {}
    elif text == '4792':
        return {}
    elif text == '4793':
        return {}
    elif text == '4794':
        return {}
    elif text == '4795':
        return {}
    elif text == '4796':
        return {}
    elif text == '4797':
        return {}
    elif text == '4798':
        return {}
    elif text == '4799':
        return {}
    elif text == '4800':
        return {}
    elif text == '4801':
        return {}
    elif text == '4802':
        return {}
    elif text == '4803':
        return {}
    elif text == '4804':
        return {}
    elif text == '4805':
        return {}
    elif text == '4806':
        return {}
    elif text == '4807':
        return {}
    elif text == '4808':
        return {}
    elif text == '4809':
        return {}
    elif text == '4810':
        return {}
    elif text == '4811':
        return {}
    elif text == '4812':
        return {}
    elif text == '4813':
        return {}
    elif text == '4814':
        return {}
    elif text == '4815':
        return {}
    elif text == '4816':
        return {}
    elif text == '4817':
        return {}
    elif text == '4818':
        return {}
    elif text == '4819':
        return {}
    elif text == '4820':
        return {}
    elif text == '4821':
        return {}
    elif text == '4822':
        return {}
    elif text == '4823':
        return {}
    elif text == '4824':
        return {}
    elif text == '4825':
        return {}
    elif text == '4826':
        return {}
    elif text == '4827':
        return {}
    elif text == '4828':
        return {}
    elif text == '4829':
        return {}
    elif text == '4830':
        return {}
    elif text == '4831':
        return {}
    elif text == '4832':
        return {}
    elif text == '4833':
        return {}
    elif text == '4834':
        return {}
    elif text == '4835':
        return {}
    elif text == '4836':
        return {}
    elif text == '4837':
        return {}
    elif text == '4838':
        return {}
    elif text == '4839':
        return {}
    elif text == '4840':
        return {}
    elif text == '4841':
        return {}
    elif text == '4842':
        return {}
    elif text == '4843':
        return {}
    elif text == '4844':
        return {}
    elif text == '4845':
        return {}
    elif text == '4846':
        return {}
    elif text == '4847':
        return {}
    elif text == '4848':
        return {}
    elif text == '4849':
        return {}
    elif text == '4850':
        return {}
    elif text == '4851':
        return {}
    elif text == '4852':
        return {}
    elif text == '4853':
        return {}
    elif text == '4854':
        return {}
    elif text == '4855':
        return {}
    elif text == '4856':
        return {}
    elif text == '4857':
        return {}
    elif text == '4858':
        return {}
    elif text == '4859':
        return {}
    elif text == '4860':
        return {}
    elif text == '4861':
        return {}
    elif text == '4862':
        return {}
    elif text == '4863':
        return {}
    elif text == '4864':
        return {}
    elif text == '4865':
        return {}
    elif text == '4866':
        return {}
    elif text == '4867':
        return {}
    elif text == '4868':
        return {}
    elif text == '4869':
        return {}
    elif text == '4870':
        return {}
    elif text == '4871':
        return {}
    elif text == '4872':
        return {}
    elif text == '4873':
        return {}
    elif text == '4874':
        return {}
    elif text == '4875':
        return {}
    elif text == '4876':
        return {}
    elif text == '4877':
        return {}
    elif text == '4878':
        return {}
    elif text == '4879':
        return {}
    elif text == '4880':
        return {}
    elif text == '4881':
        return {}
    elif text == '4882':
        return {}
    elif text == '4883':
        return {}
    elif text == '4884':
        return {}
    elif text == '4885':
        return {}
    elif text == '4886':
        return {}
    elif text == '4887':
        return {}
    elif text == '4888':
        return {}
    elif text == '4889':
        return {}
    elif text == '4890':
        return {}
    elif text == '4891':
        return {}
    elif text == '4892':
        return {}
    elif text == '4893':
        return {}
    elif text == '4894':
        return {}
    elif text == '4895':
        return {}
    elif text == '4896':
        return {}
    elif text == '4897':
        return {}
    elif text == '4898':
        return {}
    elif text == '4899':
        return {}
    elif text == '4900':
        return {}
    elif text == '4901':
        return {}
    elif text == '4902':
        return {}
    elif text == '4903':
        return {}
    elif text == '4904':
        return {}
    elif text == '4905':
        return {}
    elif text == '4906':
        return {}
    elif text == '4907':
        return {}
    elif text == '4908':
        return {}
    elif text == '4909':
        return {}
    elif text == '4910':
        return {}
    elif text == '4911':
        return {}
    elif text == '4912':
        return {}
    elif text == '4913':
        return {}
    elif text == '4914':
        return {}
    elif text == '4915':
        return {}
    elif text == '4916':
        return {}
    elif text == '4917':
        return {}
    elif text == '4918':
        return {}
    elif text == '4919':
        return {}
    elif text == '4920':
        return {}
    elif text == '4921':
        return {}
    elif text == '4922':
        return {}
    elif text == '4923':
        return {}
    elif text == '4924':
        return {}
    elif text == '4925':
        return {}
    elif text == '4926':
        return {}
    elif text == '4927':
        return {}
    elif text == '4928':
        return {}
    elif text == '4929':
        return {}
    elif text == '4930':
        return {}
    elif text == '4931':
        return {}
    elif text == '4932':
        return {}
    elif text == '4933':
        return {}
    elif text == '4934':
        return {}
    elif text == '4935':
        return {}
    elif text == '4936':
        return {}
    elif text == '4937':
        return {}
    elif text == '4938':
        return {}
    elif text == '4939':
        return {}
    elif text == '4940':
        return {}
    elif text == '4941':
        return {}
    elif text == '4942':
        return {}
    elif text == '4943':
        return {}
    elif text == '4944':
        return {}
    elif text == '4945':
        return {}
    elif text == '4946':
        return {}
    elif text == '4947':
        return {}
    elif text == '4948':
        return {}
    elif text == '4949':
        return {}
    elif text == '4950':
        return {}
    elif text == '4951':
        return {}
    elif text == '4952':
        return {}
    elif text == '4953':
        return {}
    elif text == '4954':
        return {}
    elif text == '4955':
        return {}
    elif text == '4956':
        return {}
    elif text == '4957':
        return {}
    elif text == '4958':
        return {}
    elif text == '4959':
        return {}
    elif text == '4960':
        return {}
    elif text == '4961':
        return {}
    elif text == '4962':
        return {}
    elif text == '4963':
        return {}
    elif text == '4964':
        return {}
    elif text == '4965':
        return {}
    elif text == '4966':
        return {}
    elif text == '4967':
        return {}
    elif text == '4968':
        return {}
    elif text == '4969':
        return {}
    elif text == '4970':
        return {}
    elif text == '4971':
        return {}
    elif text == '4972':
        return {}
    elif text == '4973':
        return {}
    elif text == '4974':
        return {}
    elif text == '4975':
        return {}
    elif text == '4976':
        return {}
    elif text == '4977':
        return {}
    elif text == '4978':
        return {}
    elif text == '4979':
        return {}
    elif text == '4980':
        return {}
    elif text == '4981':
        return {}
    elif text == '4982':
        return {}
    elif text == '4983':
        return {}
    elif text == '4984':
        return {}
    elif text == '4985':
        return {}
    elif text == '4986':
        return {}
    elif text == '4987':
        return {}
    elif text == '4988':
        return {}
    elif text == '4989':
        return {}
    elif text == '4990':
        return {}
    elif text == '4991':
        return {}
    elif text == '4992':
        return {}
    elif text == '4993':
        return {}
    elif text == '4994':
        return {}
    elif text == '4995':
        return {}
    elif text == '4996':
        return {}
    elif text == '4997':
        return {}
    elif text == '4998':
        return {}
    elif text == '4999':
        return {}
    return {}
