/*
Words that make a Python file worth a closer look. Nothing is a finding because it stands here:
what these rules hit is parsed, and judged by where data flows (decision 0016).
The rules `can_*` mark places where code gains a capability.
*/

rule runs_text {
    strings:
        $a = /\b(exec|eval|execfile|__import__|FunctionType|CodeType|LambdaType|run_path|run_code|exec_module|runsource|runcode)\b/
        $b = /[^.\w]compile\s*\(/
        $c = /\bimport_module\s*\(/
        $d = /__builtins__|\bbuiltins\b|__builtin__/
    condition: any of them
}

rule pieces_of_text {
    strings: $a = /["'][^"'\n]{1,16}["']\s*\+\s*[bfr]?["'][^"'\n]{1,16}["']/
    condition: $a
}

rule wallet_address {
    strings: $a = /["'](0x[0-9a-fA-F]{40}|bc1[a-z0-9]{25,60}|[13][1-9A-HJ-NP-Za-km-z]{26,34})["']/
    condition: $a
}

rule opens_resources {
    strings: $a = /["'][^"'\n]{0,40}\.(png|jpe?g|gif|bmp|ico|webp|mp3|wav|ttf|woff2?|pdf|bin|dat|db|css|txt|md|rst|log|csv)["']/
    condition: $a
}

rule executes {
    strings:
        $a = /\b(exec|eval|execfile|FunctionType|LambdaType|CodeType|run_path|run_code|exec_module|runsource|runcode)\s*\(/
        $b = /\bpickle\b[^\n]{0,8}\.loads|\bmarshal\s*\.\s*loads?/
        $c = /=\s*(exec|eval)\b|[(,:\[]\s*(exec|eval)\s*[,)}\]\n]/
        $d = /\bPyRun_\w+|\bload_source\s*\(|\bunsafe_load(_all)?\s*\(|\.__code__\s*=[^=]/
    condition: any of them
}

rule builds_text {
    strings:
        $a = /\[\s*::\s*-\s*1\s*\]/
        $b = /\bchr\s*[(,]/
        $c = /\b(exec|eval|compile)\s*\(\s*(bytes|bytearray)\s*\(/
    condition: any of them
}

rule decodes_firmly {
    strings:
        $a = /\b(b64decode|urlsafe_b64decode|b32decode|b16decode|b85decode|a85decode|decodebytes|a2b_base64|a2b_hex|unhexlify|fromhex)\b/
        $b = /\bdecompress\s*\(|\bmarshal\s*\.\s*loads|rot_?13|\bFernet\b|\bAES\.new\b/
        $c = /\bchr\s*\([^)\n]{0,40}\^/
    condition: any of them
}

rule long_text {
    strings: $a = /["'][A-Za-z0-9+\/=_\\-]{60}/
    condition: $a
}

rule at_module_level {
    strings:
        $a = /\n(try:|if [^\n]*:|for [^\n]*:|while [^\n]*:|with [^\n]*:|[\w.]+(\[[^\]\n]{0,40}\])?(\s*=[^\n]*)?\()/
        $b = /\n[\w.]+\s*=\s*[\w.]+\(/
    condition: any of them
}

rule writes_files {
    strings: $a = /\bopen\s*\(|\.write_(text|bytes)\s*\(|\bshutil\.(copy|move)|SetValueEx|\burlretrieve\b/
    condition: $a
}

rule hides_code {
    strings:
        $a = /__pyarmor__|\bpytransform\b/
        $b = /__import__\(['"](zlib|base64|marshal|builtins|codecs)['"]\)/
        $c = /;[ \t]{80}/
        $d = /\b_0x[0-9a-f]{4,6}\b/
    condition: any of them
}

rule replaces_import {
    strings: $a = /(builtins|__builtins__|__builtin__)\s*\.\s*__import__\s*=/
    condition: $a
}

rule decodes {
    strings:
        $a = /\b(b64decode|urlsafe_b64decode|standard_b64decode|b32decode|b16decode|b85decode|a85decode|z85decode|decodebytes|decodestring|a2b_base64|a2b_hex|unhexlify|fromhex)\b/
        $b = /\b(zlib|lzma|bz2|gzip|brotli|zstd|lz4)\b[^\n]{0,60}decompress/
        $c = /\bmarshal\b/
        $d = /rot_?13|["'](hex|base64|zlib|zip|bz2|uu|punycode|(raw_)?unicode[_-]escape)(_codec)?["']/
        $e = /\bdecompress\s*\(/
        $f = /\bFernet\b|\bAES\.new\b|\bARC4\b|\bChaCha20\b|\.decrypt\s*\(/
        $g = /\bchr\s*[(,]|\bunquote(_to_bytes)?\s*\(|\bunescape\s*\(|\.to_bytes\s*\(/
        $h = /["')\w]\s*\[\s*::\s*-\s*1\s*\]/
        $i = /\bbytes\s*\(\s*(\[|\(|[a-z_]+\s*\^|map)/
        $j = /\bmaketrans\b|\.translate\s*\(/
        $m = /(%c){3}/
        $k = /\^=?\s*(0x[0-9a-fA-F]+|[0-9]+|key|k\b|ord)/ nocase
        $l = /codecs\s*\.\s*decode/
    condition: any of them
}

rule looks_up_names {
    strings:
        $a = /\b(getattr|__getattribute__)\s*\(/
        $b = /\b(globals|locals|vars)\s*\([^()\n]{0,40}\)\s*(\[|\.)/
        $e = /\b(attrgetter|methodcaller)\s*\(/
        $c = /__builtins__|__dict__\s*(\[|\.\s*get\b)|sys\.modules\s*\[/
        $d = /\b(__import__|import_module)\s*\(/
    condition: any of them
}

rule pieces_of_names {
    strings:
        $a = /["'](e|ex|exe|ev|eva|c|co|com|comp|__imp|__impo|__import|sub|subp|subpro|subproc|o|s|sy|sys|syst|sock|base|mars|b6|pop|Po|Pop|__buil|built|url|pt|spa|loa|deco|run|imp|impo)["']\s*\+\s*["']/
        $b = /["'](cexe|lave|elipmoc|__tropmi__|ssecorpbus|so|metsys|nepop|nepoP|tekcos|46esab|lahsram|snitliub|__snitliub__)["']/
        $c = /=\s*["'](ex|ec|ev|exe|eva|comp|ile|tem|sub|proc|__imp|ort__|imp|sys|syst|b64|dec|marsh|mar)["']/
        $d = /\.join\s*\(\s*[\[(]\s*["']\w{1,4}["']\s*,/
        $e = /["'](%s){2,6}["']\s*%\s*\(\s*["']|["'](\{\w?\}){2,6}["']\s*\.\s*format\s*\(\s*["']/
        $j = /(getattr|__dict__|globals|vars|locals|__import__|import_module|attrgetter|methodcaller|\bget)\b[^\n]{0,60}["']\w{1,12}["']\s*\+\s*["']\w{1,12}["']/
        $f = /["']\w{2,16}["']\s*\.\s*(replace|translate|swapcase|removeprefix|removesuffix)\s*\(/
        $g = /["']\w{2,16}["']\s*\[\s*::\s*-\s*1\s*\]/
        $h = /\(\s*chr\s*\(\s*\d|\bchr\s*\(\s*\d+\s*\)\s*\+/
        $i = /(\\x[0-9a-f]{2}){3}|(\\u00[0-9a-f]{2}){3}/
    condition: any of them
}

rule names_builtins_oddly {
    strings:
        $a = /\bgetattr\s*\(\s*(__builtins__|builtins|__import__|__builtin__)\b/
        $b = /(__builtins__|builtins\.__dict__)\s*\[/
        $c = /\b(globals|vars|locals)\s*\(\s*\)\s*\[\s*["']__/
        $d = /__subclasses__\s*\(\s*\)|__globals__\s*\[/
        $e = /\b__import__\s*\(\s*(["']\w+["']\s*\+|[\w.]+\s*\[|["']{2}\s*\.\s*join|\w+\s*\(|b?["'][^"'\n]*["']\s*\.)/
    condition: any of them
}

rule fetches {
    strings:
        $a = /\b(urlopen|urlretrieve|URLopener|FancyURLopener|HTTPS?Connection|create_connection|open_connection|PoolManager|ClientSession|AsyncClient)\b/
        $g = /\b(websockets?|aiosmtplib|aioftp|socketio|xmlrpc|telebot|asyncssh|http\.client|open_connection|niquests|httplib2|treq|pycurl|zmq|pika|boto3|webbrowser)\b/
        $b = /\b(requests|httpx|session|urllib3|aiohttp|niquests|curl_cffi|http|client|sess|s|r)\s*\.\s*(get|post|put|request|stream|patch)\s*\(/
        $c = /\bsocket\s*\.\s*socket\b|\.recv\s*\(/
        $d = /\b(wget|pycurl|ftplib|paramiko|telnetlib|smtplib|xmlrpc)\b/
        $e = /\b(import|from)\s+([\w.]+\s*,\s*){0,12}(requests|httpx|urllib|urllib2|urllib3|aiohttp|socket|http\.client|httplib|niquests)\b/
        $f = /["'](requests|urllib\.request|urllib|httpx|socket|http\.client)["']/
    condition: any of them
}

rule starts_programs {
    strings:
        $a = /\bsubprocess\b|\bcreate_subprocess_(exec|shell)\b|\bpopen2?\b|\bPopen\b/
        $b = /\bos\s*\.\s*(system|popen|exec[lv]p?e?|spawn[lv]p?e?|posix_spawnp?|startfile)\b/
        $c = /\bfrom\s+os\s+import\b[^\n]*(system|popen|exec|spawn|startfile)/
        $d = /\bpty\s*\.\s*spawn\b|\bShellExecute[AW]?\b|\bWinExec\b|\bCreateProcess[AW]?\b/
        $f = /\b(CDLL|cdll|libc|msvcrt)\b[^\n]{0,40}\.\s*(system|popen|_wsystem)\s*\(/
        $e = /\bcommands\s*\.\s*getoutput\b|\bgetstatusoutput\b/
    condition: any of them
}

rule names_secrets {
    strings:
        $a = /\.ssh\b|auth["', ]+token|print-access-token|get-access-token|credential["', ]+fill|id_rsa|id_ed25519|id_ecdsa|authorized_keys|known_hosts/
        $b = /\.aws\b|\.azure\b|\.kube\b|\.docker\b|\.gcloud|application_default_credentials|\.config[\/\\]+gcloud|\.config[\/\\]+gh|\.oci\b/
        $c = /\.pypirc|\.netrc|\.npmrc|\.git-credentials|\.gnupg|\.pgpass|\.my\.cnf|\.vault-token|\.terraform\.d|\.cargo[\/\\]+credentials|\.gem[\/\\]+credentials/
        $d = /Login Data|Local State|cookies\.sqlite|logins\.json|key[34]\.db|Web Data|User Data|\.mozilla|leveldb|Cookies\b/
        $e = /wallet\.dat|\.electrum|\.ethereum|Exodus|MetaMask|nkbihfbeogaeaoehlefnkodbefgpgknn|\.bitcoin|Ledger Live|\.config[\/\\]+solana|keystore/ nocase
        $f = /\/etc\/(shadow|passwd)|Keychains|login\.keychain|find-generic-password|CryptUnprotectData|secretstorage|get_password\s*\(/
        $g = /169\.254\.169\.254|169\s*,\s*254\s*,|metadata\.google\.internal|169\.254\.170\.2/
        $h = /serviceaccount\/token|[\/"']\.env["']|_history\b|tokens?\.json|discord|Telegram Desktop|tdata\b|leveldb/
        $i = /\b(AWS_SECRET_ACCESS_KEY|GITHUB_TOKEN|TWINE_PASSWORD|PYPI_TOKEN|NPM_TOKEN|UV_PUBLISH_TOKEN)\b/
    condition: any of them
}

rule whole_environment {
    strings:
        $a = /\bos\s*\.\s*environ\s*([)\],}]|\.\s*(copy|items|values)\s*\(|\n)/
        $b = /\benvironb?\s*([)\],}:]|\.\s*(copy|items|values|keys)\s*\(|\s+if\b|\s*\|)/
        $c = /\/environ["']|\bprintenv\b|["'](env|set|export -p)["']|\benv:/
    condition: any of them
}

rule knows_machine {
    strings:
        $a = /\b(gethostname|getfqdn|getuser|getlogin|platform\.node|os\.uname|platform\.uname|getnode|platform\.platform)\b/
    condition: any of them
}

rule odd_destinations {
    strings:
        $a = /discord(app)?\.com\/api|api\.telegram\.org|hooks\.slack\.com|slack\.com\/api|webhook\.office\.com/ nocase
        $b = /https?:\/\/[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}/
        $c = /["'][0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}["']/
        $d = /pastebin\.com|paste\.ee|hastebin|rentry\.(co|org)|ghostbin|controlc\.com|dpaste\.|termbin\.com|0bin\.net|pastie\.|paste\.rs|0x0\.st/ nocase
        $e = /\b(oast(ify)?\.(pro|live|site|online|fun|me|com)|interact\.sh|burpcollaborator\.net|oastify\.com|requestbin\.|pipedream\.net|webhook\.site|beeceptor\.com|requestcatcher\.com|canarytokens\.|dnslog\.|ceye\.io|hookbin\.com|bxss\.|mockbin\.)/ nocase
        $f = /ngrok(-free)?\.(io|app|dev)|\.serveo\.net|trycloudflare\.com|localhost\.run|loca\.lt|\.localtunnel\.me|portmap\.io|\.duckdns\.org/ nocase
        $g = /transfer\.sh|file\.io\b|anonfiles?\.|gofile\.io|bashupload\.com|catbox\.moe|temp\.sh|ufile\.io|store[0-9]*\.gofile|tmpfiles\.org|uguu\.se|filebin\.net|pixeldrain\.com/ nocase
        $h = /\b(bit\.ly|tinyurl\.com|is\.gd|cutt\.ly|rb\.gy|goo\.gl|t\.ly|shorturl\.at|grabify\.link|iplogger\.(org|com))\b/ nocase
        $i = /cdn\.discordapp\.com|\.onion\b|https?:\/\/[a-z0-9.-]+\.(tk|top|xyz|icu|cf|ga|gq|ml|buzz|cyou|sbs|cfd|rest)\b/ nocase
    condition: any of them
}

rule persists {
    strings:
        $a = /\.(bashrc|bash_profile|zshrc|profile|zprofile|bash_login|bash_logout|config\/fish)\b/
        $b = /crontab|\/etc\/cron|\/etc\/systemd|systemd\/user|systemctl|\/etc\/rc\.local|\/etc\/init\.d|\/etc\/profile/
        $c = /LaunchAgents|LaunchDaemons|launchctl/
        $d = /CurrentVersion\\{1,4}Run|CurrentVersion\/Run|schtasks|Start Menu|\\{1,4}Startup\b|SetValueEx/ nocase
        $e = /authorized_keys|autostart\b/
        $f = /usercustomize|sitecustomize|getsitepackages|getusersitepackages/
    condition: any of them
}

rule mines {
    strings:
        $a = /stratum\+(tcp|ssl)/ nocase
        $b = /\bxmrig|minerd\b|cpuminer|ethminer|nanopool|minexmr|supportxmr|moneroocean|nicehash|hashvault|2miners|f2pool|--donate-level|cryptonight|randomx/ nocase
    condition: any of them
}

rule watches {
    strings:
        $a = /\bpynput\b|\bkeyboard\s*\.\s*(on_press|hook|record|on_release|read_event)|SetWindowsHookEx|GetAsyncKeyState|\bpyHook|\bpyxhook/
        $b = /\bpyperclip\b|GetClipboardData|OpenClipboard|\bclipboard_get\b|win32clipboard|pbpaste|xclip|xsel\b|wl-paste|Get-Clipboard/
        $d = /\bgetpass\s*\.\s*getpass\s*=/
        $c = /ImageGrab|\bmss\b|pyautogui|\bscreenshot\s*\(|\bBitBlt\b|VideoCapture|\bsounddevice\b|\bpyaudio\b/
    condition: any of them
}

rule wipes_by_command {
    strings:
        $a = /\brm\s+-(rf|fr|r\s+-f)\b|["']rm["']\s*,\s*["']-(rf|fr)["']|\bdel\s+\/[sfq]|\bformat\s+c:|\brd\s+\/s|\bmkfs\b|\bdd\s+if=|\bcipher\s+\/w|\bvssadmin\b|\bshred\b/ nocase
    condition: any of them
}

rule wipes {
    strings:
        $b = /\b(rmtree|os\.remove|os\.unlink|os\.rmdir|unlink|removedirs)\b/
    condition: any of them
}

rule names_home {
    strings:
        $a = /expanduser|Path\.home|USERPROFILE|["']HOME["']|["']\/["']|["']C:/
    condition: any of them
}

rule goes_through_folders {
    strings: $a = /\bos\s*\.\s*(walk|scandir|listdir)\s*\(|\.(rglob|iterdir|glob)\s*\(|\bi?glob\s*\(|make_archive/
    condition: $a
}

rule encrypts {
    strings: $a = /\bFernet\b|\bAES\b|\.encrypt\s*\(|\bChaCha20|\burandom\s*\(|\^/
    condition: $a
}

rule extends_path {
    strings: $a = /\bsys\s*\.\s*path\s*\.\s*(insert|append)|spec_from_file_location/
    condition: $a
}

rule reduces {
    strings: $a = /def\s+__reduce(_ex)?__[^\n]{0,60}\n([^\n]{0,200}\n){0,3}[ \t]*return\s*\(?\s*(exec|eval|os\.(system|popen|exec|spawn)|subprocess\.|__import__|builtins)/
    condition: $a
}

rule maps_code {
    strings: $a = /\bVirtual(Alloc|Protect)(Ex)?\b|\bPROT_EXEC\b|WriteProcessMemory|CreateRemoteThread|NtCreateThreadEx|memfd_create|NtAllocateVirtualMemory/
    condition: $a
}

rule tricks {
    strings:
        $a = /powershell|pwsh\b/ nocase
        $b = /(curl|wget|fetch)\b[^\n|]{0,300}\|\s*(sudo\s+)?(ba|z|da|k)?sh\b|(curl|wget)\b[^\n|]{0,300}\|\s*(sudo\s+)?python/
        $c = /\/dev\/(tcp|udp)\/|\bnc\s+-[a-z]*e|\bncat\b|\bmkfifo\b|\bsocat\b/
        $d = /\bmshta\b|\bcertutil\b|\bbitsadmin\b|\bregsvr32\b|\brundll32\b|\bwscript\b|\bcscript\b/ nocase
        $e = /["'](curl|wget)["'\s]/
        $f = /\b(env|printenv|export -p)\s*\||(\$\(|`)\s*(env|printenv)\b/
    condition: any of them
}

rule shells_back {
    strings:
        $a = /\bdup2\b|\bpty\b/
        $b = /\bsocket\b/
        $c = /\/bin\/(ba|z|da)?sh|cmd\.exe|\bcmd\b|subprocess|os\.popen|os\.system/
    condition: $b and ($a or $c)
}

rule installs_packages {
    strings:
        $a = /["']pip3?["']\s*,\s*["'](install|download)|\bpip3?\s+install|pip\.main|pip\._internal|["']install["']/
    condition: any of them
}

rule resolves_names {
    strings:
        $a = /\b(gethostbyname(_ex)?|getaddrinfo|dns\.resolver|resolver\.(query|resolve)|nslookup|\bdig\b)/
    condition: any of them
}

rule can_open_sockets {
    strings:
        $a = /\b(socket\.(socket|create_connection|create_server)|urlopen|urlretrieve|HTTPS?Connection|(requests|httpx)\.(get|post|put|patch|delete|head|request|stream|Session|Client|AsyncClient)|aiohttp\.ClientSession|urllib3\.PoolManager|smtplib\.SMTP(_SSL)?|ftplib\.FTP|open_connection|start_server)\s*\(/
    condition: $a
}

rule can_start_processes {
    strings:
        $a = /\b(subprocess\.(run|call|Popen|check_call|check_output|getoutput|getstatusoutput)|os\.(system|popen|exec[lv]p?e?|spawn[lv]p?e?|posix_spawnp?|startfile)|create_subprocess_(exec|shell)|pty\.spawn|Popen|check_output|check_call)\s*\(/
    condition: $a
}

rule can_read_credentials {
    strings:
        $a = /\.ssh[\/\\"']|id_rsa|id_ed25519|\.aws[\/\\"']|\.pypirc|\.netrc|\.git-credentials|\.docker[\/\\]config\.json|\.kube[\/\\]config|Login Data|169\.254\.169\.254/
        $b = /\b(keyring\.get_password|CryptUnprotectData|find-generic-password)\b/
    condition: any of them
}

rule can_read_environment {
    strings:
        $a = /\bos\.(environ\s*(\[|\.get|\.copy|\.items)|getenv\s*\()/
    condition: $a
}

rule can_run_text_as_code {
    strings:
        $a = /(^|[^.\w"'`])((exec|eval)\s*\([^)]|__import__\s*\(\s*[^)"'\s])/
        $b = /\b(types\.FunctionType|types\.CodeType|marshal\.loads?|runpy\.run_(path|module|code))\s*\(/
        $c = /\b(pickle|cPickle|dill|cloudpickle)\.loads?\s*\(/
    condition: any of them
}

rule can_load_native_code {
    strings:
        $a = /\b(ctypes\.(CDLL|cdll|WinDLL|windll|PyDLL|pydll)|CDLL\s*\(|LoadLibrary\s*\(|ffi\.dlopen\s*\()/
    condition: $a
}

rule can_delete_trees {
    strings:
        $a = /\b(shutil\.)?rmtree\s*\(|\brm\s+-rf\b|os\.removedirs\s*\(/
    condition: $a
}

rule can_write_executables {
    strings:
        $a = /\bos\.chmod\s*\([^\n]{0,80}(0o?7[0-7][0-7]|S_IX|S_IEXEC|\|\s*0o?111)|\.chmod\s*\(\s*(0o?7[0-7][0-7]|[^\n]{0,60}(S_IX|S_IEXEC))/
    condition: $a
}

rule can_persist {
    strings:
        $a = /\.(bashrc|zshrc|bash_profile|zprofile)\b|crontab\b|\/etc\/cron|LaunchAgents|LaunchDaemons|systemd\/(user|system)\b|CurrentVersion\\{1,4}Run|schtasks/
    condition: $a
}

rule can_watch_input {
    strings:
        $a = /\b(pynput|pyperclip|ImageGrab|SetWindowsHookEx|GetAsyncKeyState|GetClipboardData|pyautogui)\b/
    condition: $a
}
