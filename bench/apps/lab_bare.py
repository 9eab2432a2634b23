from IPython.display import HTML, display

display(
    HTML(
        '<div class="bench-bare" style="position:relative;width:780px;height:60px">'
        '<div class="bench-knob" style="position:absolute;width:20px;height:20px;background:gray">'
        '</div><p style="position:absolute;top:24px">answer 0</p></div>'
    )
)
