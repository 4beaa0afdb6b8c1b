"""A page of hostile texts, each where the pages put texts of people; the browser test reads it."""

from __future__ import annotations

import streamlit as st

from casestudies.pages.plain import plain, say

TEXTS = [
    "**b** _i_ `c` ~~s~~ *a*b* __init__",
    "[x](http://evil.example/a) ![i](http://evil.example/i.png)",
    "http://evil.example/x www.evil.example a@b.example ftp://evil.example",
    ":material/home: :red[x] :smile: :+1: :streamlit: :blue-badge[x] :help[x]",
    "$x^2$ $$y$$ \\$z$ x^2 H~2~O",
    "<b>x</b><script>1</script><img src=http://evil.example/x onerror=alert(1)><!-- c -->",
    "# h",
    "- li",
    "- [ ] to do",
    "12. li",
    "1234567) li",
    "> quote",
    "| a | b |",
    "a -> b <- c >= d <= e -- f ~= g <-> h --> ... (c)",
    "&amp; &lt; &#60; \\n \\* \\_",
    "    code",
    "---",
    "* * *",
    "=1+1",
    "a\nb\tc\x00d",
    "invoice\u202egnp.exe",
    "{{7*7}} %s {0} ${x}",
    "[^1] [[x]] ==m== ++i++ ^^s^^",
    "\u200b",
]

for number, text in enumerate(TEXTS):
    with st.container(key=f"text-{number}"):
        st.error(plain(text))
        st.caption(plain(text))
        st.subheader(plain(text), anchor=False)
        st.metric(plain(text), plain(text))
        st.expander(plain(text))
        st.radio(plain(text), [text], format_func=plain, key=f"radio-{number}")
        st.page_link("https://localhost/", label=plain(text))
        say(text)
