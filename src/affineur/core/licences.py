"""Licences by category: how much of what one builds with them they reach.

For policies that speak of categories instead of naming hundreds of identifiers. The judgement
is ours, by SPDX identifier: what the licence asks when a program that merely uses the licensed
work is passed on (decision 0019). What is in no list here is unstated, never permissive, so
that a licence of a later SPDX list is looked at before it is waved through.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum


class Category(StrEnum):
    """What a licence asks of those who use the work, from least to most."""

    PUBLIC_DOMAIN = "public-domain"
    """Asks for nothing: rights are given up."""
    PERMISSIVE = "permissive"
    """Asks for notices to be kept."""
    WEAK_COPYLEFT = "weak-copyleft"
    """Its own files (or the library itself) stay under it; what uses them does not."""
    STRONG_COPYLEFT = "strong-copyleft"
    """What contains or is linked with it is passed on under it."""
    NETWORK_COPYLEFT = "network-copyleft"
    """So is what is only offered over a network."""
    PROPRIETARY = "proprietary"
    """Proprietary or source-available: restricts who may use it, or what for."""
    UNSTATED = "unstated"
    """Nobody here knows: `LicenseRef-*`, or an identifier in no list."""

    @property
    def rank(self) -> int:
        """Order by how much is asked; unstated is the last."""
        return list(Category).index(self)


def category_of(spdx_id: str) -> Category:
    """Give the category of one SPDX identifier, with or without its `WITH` exception."""
    licence, _, exception = spdx_id.partition(" WITH ")
    key = licence.lower()
    category = _BY_ID.get(key) or _BY_ID.get(key.removesuffix("+"))
    if category is None:
        return _of_reference(key)
    if category is Category.STRONG_COPYLEFT and exception.lower() in _WEAKENING:
        return Category.WEAK_COPYLEFT
    return category


def categories_of(spdx_ids: Iterable[str]) -> tuple[Category, ...]:
    """Give the categories of several licences, each once, from least to most."""
    return tuple(sorted({category_of(one) for one in spdx_ids}, key=lambda one: one.rank))


def _of_reference(key: str) -> Category:
    """Judge a `LicenseRef-*` by its words; those that we give ourselves are among them."""
    if not key.startswith("licenseref-"):
        return Category.UNSTATED
    if any(word in key for word in _PROPRIETARY_WORDS):
        return Category.PROPRIETARY
    return Category.PUBLIC_DOMAIN if "public-domain" in key else Category.UNSTATED


_PROPRIETARY_WORDS = ("proprietary", "commercial", "eula", "restricted", "all-rights-reserved")

_IDS: Mapping[Category, str] = {
    Category.PUBLIC_DOMAIN: """
    ANTLR-PD-fallback blessing CC-PDDC CC-PDM-1.0 CC0-1.0 libselinux-1.0 LZMA-SDK-9.11-to-9.20
    LZMA-SDK-9.22 NCBI-PD NIST-PD NTIA-PD PDDL-1.0 SAX-PD SAX-PD-2.0 Unlicense
    Unlicense-libtelnet Unlicense-libwhirlpool
    """,
    Category.PERMISSIVE: """
    0BSD 3D-Slicer-1.0 AAL Abstyles AdaCore-doc Adobe-2006 Adobe-Display-PostScript Adobe-Glyph
    Adobe-Utopia ADSL AFL-1.1 AFL-1.2 AFL-2.0 AFL-2.1 AFL-3.0 Afmparse AMD-newlib AMDPLPA AML
    AML-glslang AMPAS ANTLR-PD Apache-1.0 Apache-1.1 Apache-2.0 APAFML App-s2p Aspell-RU Baekmuk
    Bahyph Barr bcrypt-Solar-Designer Beerware Bitstream-Charter Bitstream-Vera BlueOak-1.0.0
    Boehm-GC Boehm-GC-without-fee Borceux Brian-Gladman-2-Clause Brian-Gladman-3-Clause
    BSD-1-Clause BSD-2-Clause BSD-2-Clause-Darwin BSD-2-Clause-first-lines BSD-2-Clause-FreeBSD
    BSD-2-Clause-NetBSD BSD-2-Clause-Patent BSD-2-Clause-pkgconf-disclaimer BSD-2-Clause-Views
    BSD-3-Clause BSD-3-Clause-acpica BSD-3-Clause-Attribution BSD-3-Clause-Clear
    BSD-3-Clause-flex BSD-3-Clause-HP BSD-3-Clause-LBNL BSD-3-Clause-Modification
    BSD-3-Clause-No-Nuclear-Warranty BSD-3-Clause-Open-MPI BSD-3-Clause-Sun BSD-4-Clause
    BSD-4-Clause-Shortened BSD-4-Clause-UC BSD-4.3RENO BSD-4.3TAHOE
    BSD-Advertising-Acknowledgement BSD-Attribution-HPND-disclaimer BSD-Inferno-Nettverk
    BSD-Source-beginning-file BSD-Source-Code BSD-Systemics BSD-Systemics-W3Works BSL-1.0
    bzip2-1.0.5 bzip2-1.0.6 Caldera-no-preamble Catharon CC-BY-1.0 CC-BY-2.0 CC-BY-2.5
    CC-BY-2.5-AU CC-BY-3.0 CC-BY-3.0-AT CC-BY-3.0-AU CC-BY-3.0-DE CC-BY-3.0-IGO CC-BY-3.0-NL
    CC-BY-3.0-US CC-BY-4.0 CDLA-Permissive-1.0 CDLA-Permissive-2.0 CECILL-B CERN-OHL-1.1
    CERN-OHL-1.2 CERN-OHL-P-2.0 CFITSIO check-cvs checkmk Clips CMU-Mach CMU-Mach-nodoc
    CNRI-Jython CNRI-Python CNRI-Python-GPL-Compatible COIL-1.0 Community-Spec-1.0 Condor-1.1
    Cornell-Lossless-JPEG Cronyx Crossword CryptoSwift CrystalStacker Cube curl cve-tou
    DEC-3-Clause diffmark DL-DE-BY-2.0 DL-DE-ZERO-2.0 DOC DocBook-DTD DocBook-Schema
    DocBook-Stylesheet DocBook-XML Dotseqn DRL-1.0 DRL-1.1 DSDP dtoa dvipdfm ECL-1.0 ECL-2.0
    EFL-1.0 EFL-2.0 eGenix Entessa EPICS etalab-2.0 EUDatagrid Eurosym Fair FBM FDK-AAC
    Ferguson-Twofish FreeBSD-DOC FSFAP FSFAP-no-warranty-disclaimer FSFUL FSFULLR FSFULLRSD
    FSFULLRWD FTL Furuseth fwlw Game-Programming-Gems GCR-docs GD generic-xts Giftware GL2PS
    Glulxe GLWTPL Graphics-Gems gtkbook Gutmann HaskellReport HDF5 hdparm HIDAPI HP-1986 HP-1989
    HPND HPND-DEC HPND-doc HPND-doc-sell HPND-export-US HPND-export-US-acknowledgement
    HPND-export-US-modify HPND-export2-US HPND-Fenneberg-Livingston HPND-INRIA-IMAG HPND-Intel
    HPND-Kevlin-Henney HPND-Markus-Kuhn HPND-merchantability-variant HPND-MIT-disclaimer
    HPND-Netrek HPND-Pbmplus HPND-sell-MIT-disclaimer-xserver HPND-sell-regexpr
    HPND-sell-variant HPND-sell-variant-MIT-disclaimer HPND-sell-variant-MIT-disclaimer-rev
    HPND-UC HPND-UC-export-US HTMLTIDY IBM-pibs ICU IJG IJG-short ImageMagick iMatix Info-ZIP
    Inner-Net-2.0 InnoSetup Intel Intel-ACPI ISC ISC-Veillard Jam JasPer-2.0 jove JPNIC Kastrup
    Kazlib Knuth-CTAN Latex2e Latex2e-translated-notice Leptonica Libpng libpng-1.6.35
    libpng-2.0 libtiff libutil-David-Nugent Linux-OpenIB LOOP LPD-document lsof
    Lucida-Bitmap-Fonts Mackerras-3-Clause Mackerras-3-Clause-acknowledgment magaz mailprio
    man2html Martin-Birgmeier McPhee-slideshow metamail Minpack MIPS MirOS MIT MIT-0
    MIT-advertising MIT-Click MIT-CMU MIT-enna MIT-feh MIT-Festival MIT-Khronos-old
    MIT-Modern-Variant MIT-open-group MIT-testregex MIT-Wu MITNFA MMIXware MPEG-SSG
    mpi-permissive mpich2 mplus MTLL MulanPSL-1.0 MulanPSL-2.0 Multics Mup NAIST-2003 Naumen NCL
    NCSA Net-SNMP NetCDF Newsletr ngrep NICTA-1.0 NIST-PD-fallback NIST-Software NLOD-1.0
    NLOD-2.0 NLPL Noweb NRL NTP NTP-0 Nunit O-UDA-1.0 OAR ODC-By-1.0 OFFIS OGC-1.0
    OGDL-Taiwan-1.0 OGL-Canada-2.0 OGL-UK-1.0 OGL-UK-2.0 OGL-UK-3.0 OLDAP-2.0 OLDAP-2.0.1
    OLDAP-2.1 OLDAP-2.2 OLDAP-2.2.1 OLDAP-2.2.2 OLDAP-2.3 OLDAP-2.4 OLDAP-2.5 OLDAP-2.6
    OLDAP-2.7 OLDAP-2.8 OLFL-1.3 OML OpenSSL OpenSSL-standalone OpenVision OPL-UK-3.0 OPUBL-1.0
    PADL PHP-3.0 PHP-3.01 Pixar pkgconf Plexus pnmstitch PostgreSQL PSF-2.0 psfrag psutils
    Python-2.0 Python-2.0.1 python-ldap Qhull radvd Rdisc RSA-MD Ruby-pty Saxpath SCEA
    SchemeReport Sendmail Sendmail-Open-Source-1.1 SGI-B-1.1 SGI-B-2.0 SGI-OpenGL SGP4 SHL-0.5
    SHL-0.51 SL SMLNJ snprintf softSurfer Soundex Spencer-86 Spencer-94 Spencer-99 ssh-keyscan
    SSH-OpenSSH SSH-short SSLeay-standalone StandardML-NJ Sun-PPP Sun-PPP-2000 SunPro SWL swrule
    Symlinks TCL TCP-wrappers TermReadKey ThirdEye threeparttable TPDL TrustedQSL TTWL TTYP0
    TU-Berlin-1.0 TU-Berlin-2.0 UCAR ulem UMich-Merit Unicode-3.0 Unicode-DFS-2015
    Unicode-DFS-2016 UnixCrypt UPL-1.0 URT-RLE VSL-1.0 W3C W3C-19980720 W3C-20150513 w3m
    Widget-Workshop Wsuipa WTFPL wwl X11 X11-distribute-modifications-variant X11-swapped
    Xdebug-1.03 Xerox Xfig XFree86-1.1 xinetd xkeyboard-config-Zinoviev xlock Xnet xpp XSkat
    xzoom Zed Zeeff Zend-2.0 Zlib zlib-acknowledgement ZPL-1.1 ZPL-2.0 ZPL-2.1
    """,
    Category.WEAK_COPYLEFT: """
    APL-1.0 APSL-1.0 APSL-1.1 APSL-1.2 APSL-2.0 Arphic-1999 Artistic-1.0 Artistic-1.0-cl8
    Artistic-1.0-Perl Artistic-2.0 Artistic-dist BitTorrent-1.0 BitTorrent-1.1 Caldera
    CATOSL-1.1 CC-BY-SA-1.0 CC-BY-SA-2.0 CC-BY-SA-2.0-UK CC-BY-SA-2.1-JP CC-BY-SA-2.5
    CC-BY-SA-3.0 CC-BY-SA-3.0-AT CC-BY-SA-3.0-DE CC-BY-SA-3.0-IGO CC-BY-SA-4.0 CC-SA-1.0
    CDDL-1.0 CDDL-1.1 CDL-1.0 CDLA-Sharing-1.0 CECILL-C CERN-OHL-W-2.0 ClArtistic CPL-1.0
    CUA-OPL-1.0 eCos-2.0 EPL-1.0 EPL-2.0 ErlPL-1.1 Frameworx-1.0 FreeImage GFDL-1.1
    GFDL-1.1-invariants-only GFDL-1.1-invariants-or-later GFDL-1.1-no-invariants-only
    GFDL-1.1-no-invariants-or-later GFDL-1.1-only GFDL-1.1-or-later GFDL-1.2
    GFDL-1.2-invariants-only GFDL-1.2-invariants-or-later GFDL-1.2-no-invariants-only
    GFDL-1.2-no-invariants-or-later GFDL-1.2-only GFDL-1.2-or-later GFDL-1.3
    GFDL-1.3-invariants-only GFDL-1.3-invariants-or-later GFDL-1.3-no-invariants-only
    GFDL-1.3-no-invariants-or-later GFDL-1.3-only GFDL-1.3-or-later gnuplot
    GPL-2.0-with-autoconf-exception GPL-2.0-with-bison-exception
    GPL-2.0-with-classpath-exception GPL-2.0-with-font-exception GPL-2.0-with-GCC-exception
    GPL-3.0-with-autoconf-exception GPL-3.0-with-GCC-exception gSOAP-1.3b Imlib2 Interbase-1.0
    IPA IPL-1.0 LAL-1.2 LAL-1.3 LGPL-2.0 LGPL-2.0+ LGPL-2.0-only LGPL-2.0-or-later LGPL-2.1
    LGPL-2.1+ LGPL-2.1-only LGPL-2.1-or-later LGPL-3.0 LGPL-3.0+ LGPL-3.0-only LGPL-3.0-or-later
    LGPLLR LiLiQ-P-1.1 LiLiQ-R-1.1 LiLiQ-Rplus-1.1 Linux-man-pages-1-para
    Linux-man-pages-copyleft Linux-man-pages-copyleft-2-para Linux-man-pages-copyleft-var
    LPL-1.0 LPL-1.02 LPPL-1.0 LPPL-1.1 LPPL-1.2 LPPL-1.3a LPPL-1.3c MakeIndex Motosoto MPL-1.0
    MPL-1.1 MPL-2.0 MPL-2.0-no-copyleft-exception MS-PL MS-RL NASA-1.3 NBPL-1.0 NGPL Nokia NOSL
    NPL-1.0 NPL-1.1 OCCT-PL OCLC-2.0 ODbL-1.0 OFL-1.0 OFL-1.0-no-RFN OFL-1.0-RFN OFL-1.1
    OFL-1.1-no-RFN OFL-1.1-RFN OGTSL OLDAP-1.1 OLDAP-1.2 OLDAP-1.3 OLDAP-1.4 OpenPBS-2.3 OPL-1.0
    OSET-PL-2.1 RHeCos-1.1 RPSL-1.0 RSCPL Ruby Sendmail-8.23 SGI-B-1.0 SISSL SISSL-1.2 SMPPL
    SNIA SPL-1.0 TAPR-OHL-1.0 TORQUE-1.1 TOSL TPL-1.0 Ubuntu-font-1.0 UCL-1.0 Vim Watcom-1.0
    wxWindows YPL-1.0 YPL-1.1 Zimbra-1.3 Zimbra-1.4
    """,
    Category.STRONG_COPYLEFT: """
    BSD-Protection CECILL-1.0 CECILL-1.1 CECILL-2.0 CECILL-2.1 CERN-OHL-S-2.0
    copyleft-next-0.3.0 copyleft-next-0.3.1 D-FSL-1.0 EUPL-1.0 GPL-1.0 GPL-1.0+ GPL-1.0-only
    GPL-1.0-or-later GPL-2.0 GPL-2.0+ GPL-2.0-only GPL-2.0-or-later GPL-3.0 GPL-3.0+
    GPL-3.0-only GPL-3.0-or-later QPL-1.0 QPL-1.0-INRIA-2004 SimPL-2.0 Sleepycat SMAIL-GPL
    TGPPL-1.0 VOSTROM
    """,
    Category.NETWORK_COPYLEFT: """
    AGPL-1.0 AGPL-1.0-only AGPL-1.0-or-later AGPL-3.0 AGPL-3.0-only AGPL-3.0-or-later CAL-1.0
    CAL-1.0-Combined-Work-Exception CPAL-1.0 EUPL-1.1 EUPL-1.2 NPOSL-3.0 OSL-1.0 OSL-1.1 OSL-2.0
    OSL-2.1 OSL-3.0 Parity-6.0.0 Parity-7.0.0 PPL RPL-1.1 RPL-1.5 SugarCRM-1.1.3
    """,
    Category.PROPRIETARY: """
    Aladdin ASWF-Digital-Assets-1.0 ASWF-Digital-Assets-1.1 BSD-3-Clause-No-Military-License
    BSD-3-Clause-No-Nuclear-License BSD-3-Clause-No-Nuclear-License-2014 BUSL-1.1 C-UDA-1.0
    CC-BY-NC-1.0 CC-BY-NC-2.0 CC-BY-NC-2.5 CC-BY-NC-3.0 CC-BY-NC-3.0-DE CC-BY-NC-4.0
    CC-BY-NC-ND-1.0 CC-BY-NC-ND-2.0 CC-BY-NC-ND-2.5 CC-BY-NC-ND-3.0 CC-BY-NC-ND-3.0-DE
    CC-BY-NC-ND-3.0-IGO CC-BY-NC-ND-4.0 CC-BY-NC-SA-1.0 CC-BY-NC-SA-2.0 CC-BY-NC-SA-2.0-DE
    CC-BY-NC-SA-2.0-FR CC-BY-NC-SA-2.0-UK CC-BY-NC-SA-2.5 CC-BY-NC-SA-3.0 CC-BY-NC-SA-3.0-DE
    CC-BY-NC-SA-3.0-IGO CC-BY-NC-SA-4.0 CC-BY-ND-1.0 CC-BY-ND-2.0 CC-BY-ND-2.5 CC-BY-ND-3.0
    CC-BY-ND-3.0-DE CC-BY-ND-4.0 CPOL-1.02 Elastic-2.0 FSL-1.1-ALv2 FSL-1.1-MIT Glide
    Hippocratic-2.1 IEC-Code-Components-EULA JPL-image JSON MS-LPL NCGL-UK-2.0
    PolyForm-Noncommercial-1.0.0 PolyForm-Small-Business-1.0.0 SOFA SSPL-1.0 SUL-1.0 TMate
    Unicode-TOU
    """,
    Category.UNSTATED: """
    any-OSI any-OSI-perl-modules
    """,
}

_WEAKENING = frozenset(
    """
    Autoconf-exception-2.0 Autoconf-exception-3.0 Autoconf-exception-generic
    Autoconf-exception-generic-3.0 Autoconf-exception-macro Bison-exception-1.24
    Bison-exception-2.2 Bootloader-exception Classpath-exception-2.0 eCos-exception-2.0
    erlang-otp-linking-exception Fawkes-Runtime-exception FLTK-exception Font-exception-2.0
    freertos-exception-2.0 GCC-exception-2.0 GCC-exception-2.0-note GCC-exception-3.1
    GNAT-exception GNOME-examples-exception GNU-compiler-exception gnu-javamail-exception
    GPL-3.0-interface-exception GPL-3.0-linking-exception GPL-3.0-linking-source-exception
    harbour-exception i2p-gpl-java-exception Independent-modules-exception
    KiCad-libraries-exception Libtool-exception Linux-syscall-note LZMA-exception mif-exception
    mxml-exception OpenJDK-assembly-exception-1.0 PS-or-PDF-font-exception-20170817
    Qt-GPL-exception-1.0 SANE-exception SWI-exception Texinfo-exception u-boot-exception-2.0
    UBDL-exception WxWindows-exception-3.1
    """.lower().split()
)
"""Exceptions that let a program use the work without coming under the GPL itself.

Those that speak of one library only, such as OpenSSL, weaken nothing for others.
"""

_BY_ID: Mapping[str, Category] = {
    one.lower(): category for category, ids in _IDS.items() for one in ids.split()
}
