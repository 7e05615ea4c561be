@echo off
rem Drop two workbooks, the earlier and the later one, onto this file. Plain ASCII with CRLF: cmd reads it the same in every code page.
chcp 65001 >nul
setlocal
set "PYTHONUTF8=1"
set "RUN="
if exist "%ProgramData%\jixiao\button.txt" set /p RUN=<"%ProgramData%\jixiao\button.txt"
if defined RUN (set "RUN="%RUN%" -m toolkit") else (set "RUN=jixiao")
if "%~2"=="" (
  %RUN% compare --help
  pause
  exit /b 2
)
%RUN% compare "%~1" "%~2"
pause
