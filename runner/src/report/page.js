(function () {
  "use strict";
  // Charts of time share one view: what is looked at closer in one is so in all.
  var charts = [].slice.call(document.querySelectorAll("svg[data-panel]"));
  var timed = charts.filter(function (svg) { return svg.dataset.start; });
  if (!timed.length) return;
  var whole = [Number(timed[0].dataset.start), Number(timed[0].dataset.end)];
  var view = whole.slice();
  var NS = "http:" + "//www.w3.org/2000/svg";
  var days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
  var months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  function two(n) { return (n < 10 ? "0" : "") + n; }
  function clock(s) { var d = new Date(s * 1000); return two(d.getUTCHours()) + ":" + two(d.getUTCMinutes()); }
  function day(s) { var d = new Date(s * 1000); return days[d.getUTCDay()] + " " + d.getUTCDate() + " " + months[d.getUTCMonth()]; }
  function say(v) {
    var a = Math.abs(v);
    if (a >= 999500) return (v / 1e6).toPrecision(3) + " M";
    if (a >= 999.5) return (v / 1e3).toPrecision(3) + " k";
    return String(Number(v.toPrecision(3)));
  }
  function make(svg, name, attributes) {
    var node = document.createElementNS(NS, name);
    Object.keys(attributes).forEach(function (key) { node.setAttribute(key, attributes[key]); });
    svg.appendChild(node);
    return node;
  }
  function number(svg, key) { return Number(svg.dataset[key]); }
  function place(svg, time) {
    var left = number(svg, "left"), right = number(svg, "right");
    return left + (time - view[0]) / (view[1] - view[0]) * (right - left);
  }
  function time(svg, x) {
    var left = number(svg, "left"), right = number(svg, "right");
    return view[0] + (x - left) / (right - left) * (view[1] - view[0]);
  }
  // The points of a curve as drawn, for reading values off it.
  function points(path) {
    if (!path.points) {
      path.points = path.getAttribute("d").replace(/[MLZ]/g, " ").trim().split(/ +/).map(Number);
    }
    return path.points;
  }
  function value(svg, y) {
    var top = number(svg, "top"), bottom = number(svg, "bottom");
    var share = (bottom - y) / (bottom - top) * number(svg, "most");
    return svg.dataset.panel === "log" ? Math.pow(10, share) : share;
  }
  function at(path, x) {
    var p = points(path);
    for (var i = 2; i < p.length; i += 2) {
      if (p[i - 2] <= x && x <= p[i]) {
        var part = p[i] === p[i - 2] ? 0 : (x - p[i - 2]) / (p[i] - p[i - 2]);
        return p[i - 1] + part * (p[i + 1] - p[i - 1]);
      }
    }
    return null;
  }
  function redraw() {
    timed.forEach(function (svg) {
      var left = number(svg, "left"), right = number(svg, "right");
      var factor = (whole[1] - whole[0]) / (view[1] - view[0]);
      var shift = left - factor * (left + (view[0] - whole[0]) / (whole[1] - whole[0]) * (right - left));
      [].forEach.call(svg.querySelectorAll(".moves"), function (group) {
        if (!group.clipped) {
          var id = svg.querySelector("title").id + "-clip";
          if (!document.getElementById(id)) {
            var clip = make(svg, "clipPath", { id: id });
            make(clip, "rect", { x: left, y: 0, width: right - left, height: number(svg, "bottom") + 6 });
          }
          var outer = document.createElementNS(NS, "g");
          outer.setAttribute("clip-path", "url(#" + id + ")");
          group.parentNode.insertBefore(outer, group);
          outer.appendChild(group);
          group.clipped = true;
        }
        [].forEach.call(group.children, function (node) {
          if (node.tagName === "circle" || node.classList.contains("badge")) {
            var first = node.firstX === undefined ? node.firstX = center(node) : node.firstX;
            var now = factor * first + shift;
            node.setAttribute("transform", "translate(" + (now - first) + " 0)");
            node.style.visibility = now < left - 1 || now > right + 1 ? "hidden" : "";
          } else {
            node.setAttribute("vector-effect", "non-scaling-stroke");
            node.setAttribute("transform", "matrix(" + factor + " 0 0 1 " + shift + " 0)");
          }
        });
      });
      var axis = svg.querySelector(".time");
      if (!axis.first) axis.first = axis.innerHTML;
      if (factor === 1) axis.innerHTML = axis.first; else ticks(svg, axis);
    });
  }
  function center(node) {
    if (node.tagName === "circle") return Number(node.getAttribute("cx"));
    return Number(node.querySelector("text").getAttribute("x"));
  }
  function ticks(svg, axis) {
    axis.innerHTML = "";
    var steps = [60, 300, 900, 1800, 3600, 10800, 21600, 43200, 86400];
    var left = number(svg, "left"), right = number(svg, "right"), bottom = number(svg, "bottom");
    var step = steps.filter(function (s) { return s / (view[1] - view[0]) * (right - left) >= 64; })[0] || 86400;
    var named = "";
    for (var t = Math.ceil(view[0] / step) * step; t <= view[1]; t += step) {
      var x = place(svg, t);
      make(axis, "line", { x1: x, x2: x, y1: bottom, y2: bottom + 5, "class": "tick" });
      make(axis, "text", { x: x, y: bottom + 20, "text-anchor": "middle", "class": "faint small" }).textContent = clock(t);
      if (day(t) !== named) {
        named = day(t);
        make(axis, "text", { x: x, y: bottom + 40, "text-anchor": "middle" }).textContent = named;
      }
    }
  }
  function look(from, to) {
    var least = 600;
    if (to - from < least) { var middle = (from + to) / 2; from = middle - least / 2; to = middle + least / 2; }
    view = [Math.max(whole[0], from), Math.min(whole[1], to)];
    redraw();
  }
  timed.forEach(function (svg) {
    var box = svg.parentNode, cursor, reading, begun = null, closer, here = null;
    function local(event) {
      var r = svg.getBoundingClientRect();
      return (event.clientX - r.left) / r.width * svg.viewBox.baseVal.width;
    }
    function inside(x) { return Math.max(number(svg, "left"), Math.min(number(svg, "right"), x)); }
    function show(x) {
      here = x = inside(x);
      if (!cursor) cursor = make(svg, "line", { "class": "cursor", y1: number(svg, "top"), y2: number(svg, "bottom") });
      if (!reading) { reading = document.createElement("div"); reading.className = "reading"; reading.setAttribute("role", "status"); box.appendChild(reading); }
      cursor.setAttribute("x1", x); cursor.setAttribute("x2", x);
      var now = time(svg, x), left = number(svg, "left"), right = number(svg, "right");
      var original = left + (now - whole[0]) / (whole[1] - whole[0]) * (right - left);
      reading.textContent = "";
      var head = document.createElement("b");
      head.textContent = day(now) + " " + clock(now) + " UTC";
      reading.appendChild(head);
      if (svg.dataset.most) {
        [].forEach.call(svg.querySelectorAll(".moves path"), function (path) {
          if (/Z$/.test(path.getAttribute("d"))) return;
          var y = at(path, original);
          if (y === null) return;
          var line = document.createElement("div");
          line.textContent = path.querySelector("title").textContent + ": " + say(value(svg, y));
          reading.appendChild(line);
        });
      }
      var r = svg.getBoundingClientRect(), wide = reading.offsetWidth, px = x / svg.viewBox.baseVal.width * r.width;
      reading.style.left = (px + wide + 16 > r.width ? px - wide - 10 : px + 10) + "px";
      reading.style.top = (number(svg, "top") + 4) / svg.viewBox.baseVal.height * r.height + "px";
    }
    function hide() {
      if (cursor) { cursor.remove(); cursor = null; }
      if (reading) { reading.remove(); reading = null; }
    }
    svg.addEventListener("pointermove", function (event) {
      var x = inside(local(event));
      show(x);
      if (begun === null) return;
      if (!closer) closer = make(svg, "rect", { "class": "closer", y: number(svg, "top"), height: number(svg, "bottom") - number(svg, "top") });
      closer.setAttribute("x", Math.min(begun, x)); closer.setAttribute("width", Math.abs(x - begun));
    });
    svg.addEventListener("pointerleave", hide);
    svg.addEventListener("pointerdown", function (event) {
      if (event.pointerType === "mouse" && event.button === 0) { begun = inside(local(event)); svg.setPointerCapture(event.pointerId); event.preventDefault(); box.focus(); }
    });
    svg.addEventListener("pointerup", function (event) {
      if (begun === null) return;
      var from = begun, to = inside(local(event));
      begun = null;
      if (closer) { closer.remove(); closer = null; }
      if (Math.abs(to - from) > 8) look(time(svg, Math.min(from, to)), time(svg, Math.max(from, to)));
    });
    svg.addEventListener("dblclick", function () { look(whole[0], whole[1]); });
    box.addEventListener("keydown", function (event) {
      var middle = number(svg, "left") + (number(svg, "right") - number(svg, "left")) / 2;
      var x = here === null ? middle : here, width = view[1] - view[0], center = time(svg, x);
      if (event.key === "ArrowLeft") show(x - 8);
      else if (event.key === "ArrowRight") show(x + 8);
      else if (event.key === "+" || event.key === "=") { look(center - width / 4, center + width / 4); show(middle); }
      else if (event.key === "-") { look(center - width, center + width); show(middle); }
      else if (event.key === "Escape") { look(whole[0], whole[1]); hide(); }
      else return;
      event.preventDefault();
    });
    box.addEventListener("blur", hide);
  });
  var hint = document.createElement("p");
  hint.textContent = "Point at a chart to read it; drag to look closer, double-click for the whole. With the keyboard: arrows, + and -, Escape.";
  document.querySelector("header").appendChild(hint);
})();
